/**
 * Sizes and times of covering arrays: ours at once, ours with a budget, covertable (npm), PICT where PLUGFEST_PICT names the program, and the
 * published sizes. Each array is proved by the independent checker; each tool runs in a process of its own.
 *
 *     npm run bench:covering [-- --budget 60s] [--json] [name …]
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { type BenchModel, MODELS } from './covering/models.ts';
import type { ToolResult } from './covering/tools.ts';

const run = promisify(execFile);

/** What a tool is given at most, a model. */
const PATIENCE_MS = 120_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { budget: { type: 'string', default: '20s' }, json: { type: 'boolean', default: false } },
});
const budgetMs = Number.parseFloat(values.budget) * 1000;

interface Line {
  readonly model: string;
  readonly strength: number;
  readonly first: ToolResult | string;
  readonly withBudget: ToolResult | string;
  readonly covertable: ToolResult | string;
  readonly pict: ToolResult | string;
  readonly published: string;
}

async function resultOf(tool: string, index: number, ms = 0): Promise<ToolResult | string> {
  const program = join(import.meta.dirname, 'covering/tools.ts');
  try {
    const options = { timeout: PATIENCE_MS + ms, maxBuffer: 2 ** 28 };
    const { stdout } = await run(process.execPath, [program, tool, String(index), String(ms)], options);
    return JSON.parse(stdout) as ToolResult;
  } catch (error) {
    const { killed, stderr } = error as { killed?: boolean; stderr?: string };
    return killed
      ? `not done in ${PATIENCE_MS / 1000} s`
      : (stderr?.split('\n').find((line) => line.includes('Error:')) ?? 'failed');
  }
}

async function lineOf(bench: BenchModel): Promise<Line> {
  const index = MODELS.indexOf(bench);
  const { name, strength, pict, acts, bestKnown } = bench;
  const said = [`PICT ${pict}`, `ACTS ${acts}`, `best ${bestKnown}`].filter((each) => !each.endsWith('undefined'));
  return {
    model: name,
    strength,
    first: await resultOf('ours', index),
    withBudget: await resultOf('ours', index, budgetMs),
    covertable: await resultOf('covertable', index),
    pict: process.env.PLUGFEST_PICT === undefined ? '–' : await resultOf('pict', index),
    published: said.join(', ') || '–',
  };
}

function inWords(result: ToolResult | string): string {
  if (typeof result === 'string') return result;
  return `${result.rows} (${result.cpuMs} ms)${result.faults > 0 ? `, ${result.faults} faults` : ''}`;
}

/** Times of covertable's and ours, rows of PICT's and ours. */
function ratios({ first, covertable }: Line): string {
  if (typeof first === 'string' || typeof covertable === 'string') return '–';
  return `${(covertable.cpuMs / first.cpuMs).toFixed(1)} × the time, ${(covertable.rows / first.rows).toFixed(2)} × the rows`;
}

const chosen = MODELS.filter(({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)));
const heads = [
  'model',
  't',
  'first array',
  `budget ${values.budget}`,
  'covertable',
  'PICT, run here',
  'published',
  'covertable : ours',
];
if (!values.json) process.stdout.write(`| ${heads.join(' | ')} |\n|${heads.map(() => '---').join('|')}|\n`);
const lines: Line[] = [];
for (const bench of chosen) {
  const line = await lineOf(bench);
  lines.push(line);
  const cells = [
    line.model,
    String(line.strength),
    ...[line.first, line.withBudget, line.covertable, line.pict].map(inWords),
  ];
  if (!values.json) process.stdout.write(`| ${[...cells, line.published, ratios(line)].join(' | ')} |\n`);
}
if (values.json) process.stdout.write(`${JSON.stringify(lines, null, 2)}\n`);
const isWhole = lines.every(({ first, withBudget }) =>
  [first, withBudget].every((each) => typeof each !== 'string' && each.faults === 0),
);
process.exitCode = isWhole ? 0 : 1;
