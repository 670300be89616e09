/**
 * The morning after a planted regression: a matrix of real conferences on two nights, on the second of them with an endpoint made worse. The
 * morning report must begin with it, name the first bad and the last good run, and what the worse cells have in common; its page is looked at
 * in a real Chromium. Exits 1 where any of this is not so.
 *
 *     npm run morning [-- --sabotage sip-room:mute] [--reports reports/morning] [--picture morning.png]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { findTool } from '@plugfest/host';

const CLI = new URL('../packages/cli/src/main.ts', import.meta.url).pathname;
const MATRIX = new URL('./morning/two-nights.matrix.ts', import.meta.url).pathname;

const { values: args } = parseArgs({
  options: {
    sabotage: { type: 'string', default: 'sip-room:mute' },
    reports: { type: 'string', default: 'reports/morning' },
    picture: { type: 'string' },
  },
});
const reports = resolve(args.reports);
const worse = args.sabotage.split(':')[0] ?? '';

const before = night([]);
const after = night(['--sabotage', args.sabotage]);
const page = join(after.reportDir, 'index.html');
const text = (await pageInChromium(page)) ?? withoutMarkup(readFileSync(page, 'utf8'));
const regressed = after.deltas.filter(({ kind }) => kind === 'PASS→FAIL');

const findings: readonly (readonly [what: string, holds: boolean])[] = [
  ['the first night passed', before.exitCode === 0],
  ['the gate on new failures is shut after the second', after.exitCode === 1],
  ['the first line is the regression', text.startsWith('PASS→FAIL: ')],
  ['the first line names the endpoint', (text.split('\n')[0] ?? '').includes(worse)],
  [
    'only cells with that endpoint became worse',
    regressed.every(({ key }) => key.includes(`=${worse}`)) && regressed.length > 0,
  ],
  ['first bad is the second night', regressed.every(({ since }) => since?.firstBad.run === after.run)],
  ['last good is the first night', regressed.every(({ since }) => since?.lastGood?.run === before.run)],
  ['what differed is named', regressed.every(({ since }) => since?.differs.some(({ name }) => name === 'sabotage'))],
  ['what they have in common is named', after.suspect?.said.includes(`=${worse}`) === true],
  ['Markdown begins with it', readFileSync(join(after.reportDir, 'morning.md'), 'utf8').startsWith('# ❌ PASS→FAIL: ')],
];
console.log(`\n${after.firstLine}\n${after.suspect?.said ?? ''}\n${page}\n`);
for (const [what, holds] of findings) console.log(`${holds ? 'holds ' : 'MISSED'} ${what}`);
process.exitCode = findings.every(([, holds]) => holds) ? 0 : 1;

interface Night {
  readonly exitCode: number | null;
  readonly run: string;
  readonly reportDir: string;
  readonly firstLine: string;
  readonly suspect?: { readonly said: string };
  readonly deltas: readonly {
    readonly kind: string;
    readonly key: string;
    readonly since?: {
      readonly firstBad: { readonly run: string };
      readonly lastGood?: { readonly run: string };
      readonly differs: readonly { readonly name: string }[];
    };
  }[];
}

function night(more: readonly string[]): Night {
  const command = [CLI, 'matrix', MATRIX, '--json', '--gate', 'new-failures', '--reports', reports, ...more];
  const { status, stdout } = spawnSync(process.execPath, command, {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  return { exitCode: status, ...JSON.parse(stdout.toString()) };
}

/** What a person reads there, and a picture of it; undefined, and said, where there is no Chromium. */
async function pageInChromium(path: string): Promise<string | undefined> {
  const chromium = await findTool('chromium');
  if (!chromium.found) {
    console.log(`not looked at in Chromium: ${chromium.reason}`);
    return undefined;
  }
  const flags = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--window-size=1400,1500',
    `--virtual-time-budget=2000`,
  ];
  const run = (...more: readonly string[]): string =>
    execFileSync(chromium.path, [...flags, ...more, pathToFileURL(path).href], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString();
  if (args.picture) run(`--screenshot=${resolve(args.picture)}`);
  if (args.picture && !existsSync(args.picture)) throw new Error('Chromium made no picture');
  return withoutMarkup(run('--dump-dom'));
}

function withoutMarkup(html: string): string {
  return html
    .slice(html.indexOf('<body'))
    .replace(/<[^>]+>/g, '\n')
    .replace(/\n\s*/g, '\n')
    .trim();
}
