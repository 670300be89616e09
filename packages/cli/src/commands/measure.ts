import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import { EXIT, type Measured } from '@plugfest/model';
import {
  EvidenceCollector,
  type FileFinding,
  type FileMeasurement,
  type FileProgress,
  measureFiles,
} from '@plugfest/quality';
import { filePagePath, renderFilePage } from '@plugfest/report';
import { openSeries } from '../picture-series.ts';
import { Progress } from '../progress.ts';
import { style, table } from '../terminal.ts';
import { measureAgain } from './from-disk.ts';

export interface MeasureOptions {
  readonly reference?: string;
  readonly capture?: string;
  readonly json: boolean;
  readonly csv: boolean;
  readonly html?: string;
  readonly series?: string;
}

/** Measures two files, one, or a run again. 0: measured, 1: with faults in the files, 2: a file cannot be used. */
export async function measure(run: string | undefined, options: MeasureOptions): Promise<number> {
  const { reference, capture, json, csv } = options;
  const takesFiles = capture !== undefined || reference !== undefined;
  if (run !== undefined && takesFiles) throw badUse('measure takes a run’s directory, or --capture: not both');
  if (run !== undefined) return measureAgain(run);
  if (capture === undefined) throw badUse('measure needs --capture <file>, or a run’s directory');
  if (json && csv) throw badUse('measure prints --json or --csv: not both');
  const progress = new ProgressLines();
  const files = { capture, ...(reference === undefined ? {} : { reference }) };
  const evidence = options.html === undefined ? undefined : new EvidenceCollector();
  const series = options.series === undefined ? undefined : openSeries(options.series);
  const measured = await measureFiles({
    ...files,
    onProgress: (at) => progress.tell(at),
    series: (row) => {
      evidence?.series(row);
      series?.write(row);
    },
    ...(evidence ? { onPair: evidence.onPair } : {}),
  });
  series?.close();
  if (evidence && options.html !== undefined) await writePage(options.html, { ...files, ...measured }, evidence);
  progress.stop();
  if (json) process.stdout.write(`${JSON.stringify(measured, null, 2)}\n`);
  else process.stdout.write(csv ? asCsv(measured) : asTable(measured));
  return exitCodeOf(measured.findings);
}

/** Writes the page, also where nothing could be measured: then it says why. */
async function writePage(
  target: string,
  measured: FileMeasurement & { readonly capture: string; readonly reference?: string },
  collector: EvidenceCollector,
): Promise<void> {
  const isUsable = measured.findings.every(({ level }) => level !== 'error');
  const evidence = isUsable ? await collector.evidence(measured) : { curves: [], worst: [], sounds: {} };
  const path = filePagePath(target, existsSync(target) && statSync(target).isDirectory());
  mkdirSync(dirname(path), { recursive: true });
  await writeFileAtomically(path, renderFilePage({ ...measured, ...evidence }));
  process.stderr.write(`${path}\n`);
}

export function exitCodeOf(findings: readonly FileFinding[]): number {
  if (findings.some(({ level }) => level === 'error')) return EXIT.badUse;
  return findings.some(({ level }) => level === 'fault') ? EXIT.failed : EXIT.pass;
}

function badUse(message: string): Error {
  return Object.assign(new Error(message), { code: 'bad-use' });
}

/** What takes shorter needs no progress. */
const SILENT_MS = 2000;
const EVERY_MS = 1000;

/** Says how far long files are, a line a second at most. */
class ProgressLines {
  readonly #progress = new Progress();
  #nextMs = performance.now() + SILENT_MS;

  tell({ stage, atMs, ofMs }: FileProgress): void {
    if (performance.now() < this.#nextMs) return;
    this.#nextMs = performance.now() + EVERY_MS;
    const share = ofMs ? ` of ${(ofMs / 1000).toFixed(0)} s, ${Math.min(100, Math.floor((100 * atMs) / ofMs))} %` : '';
    this.#progress.begin('measure');
    this.#progress.step(`${stage}: ${(atMs / 1000).toFixed(0)}${share || ' s'}`);
  }

  stop(): void {
    this.#progress.stop();
  }
}

function rowsOf(measured: FileMeasurement): [medium: string, name: string, value: Measured][] {
  return (['video', 'audio'] as const).flatMap((medium) =>
    Object.entries(measured[medium]).map(([name, value]): [string, string, Measured] => [medium, name, value]),
  );
}

function asTable(measured: FileMeasurement): string {
  const rows = rowsOf(measured).map(([medium, name, value]) =>
    'notMeasured' in value
      ? [medium, name, '–', '', style('dim', value.notMeasured, process.stdout)]
      : [
          medium,
          name,
          short(value.value),
          unitOf(value.unit),
          `${short(value.low)} … ${short(value.high)}, n ${value.n}`,
        ],
  );
  const colours = { error: 'red', fault: 'red', warning: 'yellow', note: 'dim' } as const;
  const findings = measured.findings.map(
    ({ level, code, text }) => `${style(colours[level], level, process.stdout)} ${code}: ${text}\n`,
  );
  // Where a file cannot be used every row says why: once is enough.
  if (rows.every(([, , value]) => value === '–')) return findings.join('');
  return `${table(rows)}\n${findings.length > 0 ? '\n' : ''}${findings.join('')}`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function unitOf(unit: string): string {
  return unit === '1' ? '' : unit;
}

function asCsv(measured: FileMeasurement): string {
  const head = ['medium', 'name', 'value', 'unit', 'n', 'low', 'high', 'method', 'notMeasured'];
  const rows = rowsOf(measured).map(([medium, name, value]) =>
    'notMeasured' in value
      ? [medium, name, '', '', '', '', '', '', value.notMeasured]
      : [medium, name, value.value, value.unit, value.n, value.low, value.high, value.method, ''],
  );
  const findings = measured.findings.map(({ level, code, file, text }) => {
    return ['finding', code, '', '', '', '', '', `${level}, ${file}`, text];
  });
  return [head, ...rows, ...findings].map((row) => `${row.map(csvCell).join(',')}\n`).join('');
}

function csvCell(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
