import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CalibrationPoint, CalibrationResult } from './calibration.ts';
import { errorPlot, valuePlot } from './svg-plot.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/measurement.md', import.meta.url));
const PICTURES = fileURLToPath(new URL('../../docs/pictures/calibration/', import.meta.url));

const number = (value: number | undefined, digits = 3): string =>
  value === undefined || Number.isNaN(value)
    ? 'not measured'
    : Number.isFinite(value)
      ? Number(value.toFixed(digits)).toString().replace('-', '−')
      : 'unbounded';

/** Puts a result into its section of docs/measurement.md (between its markers; the text around them stays) and draws its plot. */
export function writeResult(result: CalibrationResult): void {
  const { name } = result.calibration;
  mkdirSync(PICTURES, { recursive: true });
  const hasPlot = new Set(result.points.map(({ truth }) => truth)).size > 2;
  const draw = result.calibration.plot === 'values' ? valuePlot : errorPlot;
  if (hasPlot) writeFileSync(`${PICTURES}${name}.svg`, draw(result));
  const [begin, end] = [`<!-- calibration: ${name} -->`, `<!-- end: ${name} -->`];
  const section = `${begin}\n${sectionOf(result, hasPlot)}\n${end}`;
  mkdirSync(dirname(DOCUMENT), { recursive: true });
  const text = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '# Measurement\n';
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  const isThere = from >= 0 && to > from;
  writeFileSync(
    DOCUMENT,
    isThere ? text.slice(0, from) + section + text.slice(to + end.length) : `${text.trimEnd()}\n\n${section}\n`,
  );
}

function sectionOf({ calibration, points, worst, holds }: CalibrationResult, hasPlot: boolean): string {
  const { name, title, about, limit, unit, errorUnit } = calibration;
  const outcome = `Worst error **${number(worst)}** of at most **${number(limit)} ${errorUnit}**: ${holds ? 'holds' : '**missed**'}.`;
  const plot = hasPlot
    ? [
        `![${title}: ${calibration.plot === 'values' ? 'value over amount' : 'error over truth'}](pictures/calibration/${name}.svg)`,
        '',
      ]
    : [];
  return [`### ${title}`, '', `${about} ${outcome}`, '', ...plot, ...tableOf(points, unit, errorUnit)].join('\n');
}

function tableOf(points: readonly CalibrationPoint[], unit: string, errorUnit: string): string[] {
  const hasNotes = points.some(({ note }) => note !== undefined);
  const header = ['', `injected, ${unit}`, `read, ${unit}`, `error, ${errorUnit}`, 'n', ...(hasNotes ? [''] : [])];
  const rows = points.map(({ series, truth, measured, error, n, note = '' }) => [
    series,
    number(truth),
    number(measured),
    number(error),
    String(n),
    ...(hasNotes ? [note] : []),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 || i === 5 ? '---' : '---:'))), ...rows.map(line)];
}
