import { existsSync, readFileSync } from 'node:fs';
import {
  type CellState,
  GATES,
  type Gate,
  type HistoryDirectory,
  type KnownFailures,
  type MatrixRun,
  NOTHING_KNOWN,
  parseKnownFailures,
} from '@plugfest/history';
import { EXIT } from '@plugfest/model';
import { type Morning, morningOf, writeMorning } from '@plugfest/report';
import { BadUse } from './bad-use.ts';
import { style, styleVerdict, table } from './terminal.ts';

/** @throws BadUse */
export function gateOf(text: string): Gate {
  const gate = GATES.find((known) => known === text);
  if (!gate) throw new BadUse(`--gate: “${text}” is none of ${GATES.join(', ')}`);
  return gate;
}

/** The reviewed file that is named, or the one beside the matrix; nothing where there is none. @throws BadUse */
export function readKnownFailures(named: string | undefined, matrixFile: string): KnownFailures {
  const path = named ?? matrixFile.replace(/\.matrix\.ts$/, '.known.json');
  if (named === undefined && (path === matrixFile || !existsSync(path))) return NOTHING_KNOWN;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BadUse(`--known ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  const known = parseKnownFailures(text);
  if (!known.ok) throw new BadUse(`${path}: ${known.error}`);
  return known.value;
}

/** Takes a run into the history, and writes its morning report. */
export async function reportMorning(
  run: MatrixRun,
  directory: string,
  history: HistoryDirectory,
  known: KnownFailures,
  gate: Gate,
): Promise<Morning> {
  history.keep(run);
  const morning = morningOf(run, history.runsOf(run.head.matrix), known, gate);
  await writeMorning(directory, morning);
  return morning;
}

/** 3 where the harness failed, 4 where nothing was judged, 1 where the gate is shut, 0 otherwise. */
export function exitCodeOfMorning({ cells, gate }: Pick<Morning, 'cells' | 'gate'>): number {
  const has = (state: CellState): boolean => cells.some((cell) => cell.state === state);
  if (has('error')) return EXIT.harnessError;
  if (cells.every(({ state }) => state === 'unjudged')) return EXIT.nothingRan;
  return gate.isOpen ? EXIT.pass : EXIT.failed;
}

/** The heat map for a terminal. */
export function heatMapInWords({ heatMap: { axes, down, across, spots } }: Morning): string {
  const heads = [`${axes[0]} ↓ ${axes[1]} →`, ...across].map((name) => style('bold', name, process.stdout));
  const lines = down.map((name, at) => [
    name,
    ...(spots[at] ?? []).map(({ worst, passed, judged }) =>
      worst === undefined ? '' : judged > 0 ? `${styleVerdict(worst, process.stdout)} ${passed}/${judged}` : worst,
    ),
  ]);
  return table([heads, ...lines]);
}
