import { resolve } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { renderComparisonPage } from '@plugfest/report';
import { compareRuns, type Difference, readComparedRun } from '@plugfest/repro';
import { RunSource } from '../run-source.ts';
import { printable, style } from '../terminal.ts';

const TITLES: Record<Difference['kind'], string> = {
  plan: 'What was asked for',
  message: 'Messages',
  header: 'Headers',
  description: 'Descriptions',
  measurement: 'Measurements',
  check: 'Checks',
};

/** Where two runs differ, causes first. Exit code 0 where they do not, 1 where they do. */
export async function diff(
  first: string,
  second: string,
  options: { readonly json: boolean; readonly all: boolean; readonly html?: string },
): Promise<number> {
  using a = await RunSource.open(first);
  using b = await RunSource.open(second);
  const differences = compareRuns(readComparedRun(a.run), readComparedRun(b.run));
  const shown = options.all ? differences : differences.filter(({ matters }) => matters);
  if (options.html !== undefined) {
    const names = [a.run.readPlan().runId, b.run.readPlan().runId] as const;
    await writeFileAtomically(resolve(options.html), renderComparisonPage({ names, things: shown, titles: TITLES }));
  }
  if (options.json) process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`);
  else process.stdout.write(textOf(shown, differences.length - shown.length));
  return differences.some(({ matters }) => matters) ? EXIT.failed : EXIT.pass;
}

function textOf(shown: readonly Difference[], hidden: number): string {
  const lines: string[] = [];
  let kind: Difference['kind'] | undefined;
  for (const difference of shown) {
    if (difference.kind !== kind) {
      kind = difference.kind;
      lines.push(style('bold', TITLES[kind], process.stdout));
    }
    lines.push(`  ${printable(difference.where)}`);
    lines.push(style('red', `    - ${printable(difference.a ?? 'nothing')}`, process.stdout));
    lines.push(style('green', `    + ${printable(difference.b ?? 'nothing')}`, process.stdout));
  }
  if (shown.length === 0) lines.push('no difference that matters');
  if (hidden > 0)
    lines.push(`${hidden} more lie in each other’s intervals or are drawn anew in each run (--all shows them)`);
  return `${lines.join('\n')}\n`;
}
