/**
 * One tool on one model, in a process of its own: what starts cold for a user starts cold here.
 *
 *     node benchmarks/covering/tools.ts <ours|covertable|pict> <index of the model> [budget in ms]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkCoverage, cover, type Model, type Row } from '@plugfest/covering';
import { type BenchModel, MODELS } from './models.ts';

/** What a tool made of a model. */
export interface ToolResult {
  readonly rows: number;
  readonly cpuMs: number;
  /** Tuples that are possible and not covered, and rows that break a constraint. */
  readonly faults: number;
}

/** CommonJS; its types know neither all options nor a default export. */
const { make, PictConstraintsLexer } = createRequire(import.meta.url)('covertable') as {
  make: (factors: object, options: object) => Record<string, string | number>[];
  PictConstraintsLexer: new (text: string, debug: boolean) => { filter: (row: object) => boolean };
};

type Tool = (bench: BenchModel, model: Model, budgetMs: number) => readonly Row[];

const TOOLS: Readonly<Record<string, Tool>> = { ours, covertable, pict };

function ours({ strength }: BenchModel, model: Model, budgetMs: number): readonly Row[] {
  const startedMs = performance.now();
  const options = budgetMs > 0 ? { isOver: () => performance.now() - startedMs > budgetMs } : {};
  const result = cover(model, { strength, ...options });
  if (!result.ok) throw new Error(result.error);
  return result.value.rows;
}

/** With its own reader of PICT constraints as its filter. */
function covertable({ strength, constraints }: BenchModel, model: Model): readonly Row[] {
  const factors = Object.fromEntries(
    model.parameters.map(({ name, levels, isNumeric }) => [
      name,
      levels.map((level) => (isNumeric ? Number(level.name) : level.name)),
    ]),
  );
  const lexer = constraints === undefined ? undefined : new PictConstraintsLexer(constraints(), false);
  const rows = make(factors, { length: strength, ...(lexer ? { preFilter: lexer.filter } : {}) });
  return rows.map((row) =>
    Int16Array.from(model.parameters, ({ name, levels }) =>
      levels.findIndex((level) => level.name === String(row[name])),
    ),
  );
}

/** Microsoft's program, where PLUGFEST_PICT names it. Only models without constraints, and the conference's own file. */
function pict({ strength }: BenchModel, model: Model): readonly Row[] {
  const program = process.env.PLUGFEST_PICT;
  if (program === undefined) throw new Error('PLUGFEST_PICT does not name a program');
  const directory = mkdtempSync(join(tmpdir(), 'plugfest-pict-'));
  try {
    const own = join(directory, 'model.pict');
    const text = model.parameters.map((each) => `${each.name}: ${each.levels.map((level) => level.name).join(', ')}`);
    writeFileSync(own, `${text.join('\n')}\n`);
    const file = model.constraints.length > 0 ? join(import.meta.dirname, 'conference.pict') : own;
    const [, ...lines] = execFileSync(program, [file, `/o:${strength}`], { encoding: 'utf8', maxBuffer: 2 ** 28 })
      .trimEnd()
      .split('\n');
    return lines.map((line) =>
      Int16Array.from(line.split('\t'), (value, at) =>
        (model.parameters[at]?.levels ?? []).findIndex((level) => level.name === value),
      ),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const [tool = '', index = '', budgetMs = '0'] = process.argv.slice(2);
  const bench = MODELS[Number(index)] as BenchModel;
  const model = bench.model();
  const before = process.cpuUsage();
  const startedMs = performance.now();
  const rows = (TOOLS[tool] as Tool)(bench, model, Number(budgetMs));
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startedMs;
  const { missing, invalid } = checkCoverage(model, bench.strength, rows);
  const result: ToolResult = {
    rows: rows.length,
    // Another program's time is not ours: there it is what passed.
    cpuMs: Math.round(tool === 'pict' ? elapsedMs : (user + system) / 1000),
    faults: missing.length + invalid.length,
  };
  process.stdout.write(JSON.stringify(result));
}
