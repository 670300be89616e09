import type { CalibrationPoint, CalibrationResult } from './calibration.ts';

const SIZE = { width: 640, height: 300, left: 62, right: 16, top: 34, bottom: 46 };
/** Colours that are told apart by those who see no red or green (Okabe and Ito), each with a mark of its own. */
const INKS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

/** A plot of what was measured over the truth, each series in per cent of its own range: the way it moves, not how far. */
export function valuePlot({ calibration, ...rest }: CalibrationResult): string {
  const points = rest.points.map((point) => {
    const values = rest.points.filter(({ series }) => series === point.series).map(({ measured }) => measured ?? 0);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const share = (100 * ((point.measured ?? Number.NaN) - low)) / (high - low || 1);
    return { ...point, error: share };
  });
  const labels = { title: 'value over amount', x: 'amount', y: 'value, % of the range of each metric' };
  return errorPlot({ ...rest, points, calibration: { ...calibration, limit: 0 } }, labels);
}

/** A plot of error over truth: the limit is the grey band, each series a line with marks. */
export function errorPlot(
  { calibration, points }: CalibrationResult,
  labels = {
    title: 'error over truth',
    x: 'truth',
    y: `error, ${calibration.errorUnit} (band: the limit, ${label(calibration.limit)})`,
  },
): string {
  const series = [...new Set(points.map((point) => point.series))];
  const x = scaleOf(
    points.map(({ truth }) => truth),
    [SIZE.left, SIZE.width - SIZE.right],
  );
  const errors = points.map(({ error }) => error).filter(Number.isFinite);
  const isSigned = errors.some((error) => error < 0);
  const reach = 1.15 * Math.max(calibration.limit, ...errors.map(Math.abs));
  const y = scaleOf([isSigned ? -reach : 0, reach], [SIZE.height - SIZE.bottom, SIZE.top]);
  const band = { from: y.at(isSigned ? -calibration.limit : 0), to: y.at(calibration.limit) };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" font-family="sans-serif" font-size="12" fill="#222">`,
    `<title>${calibration.name}: ${labels.title}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    rectangle(SIZE.left, band.to, SIZE.width - SIZE.right, band.from, '#e8eef4'),
    ...x.ticks.map((tick) => text(x.at(tick), SIZE.height - SIZE.bottom + 18, label(tick), 'middle')),
    ...y.ticks.map((tick) =>
      line(SIZE.left, y.at(tick), SIZE.width - SIZE.right, y.at(tick), tick === 0 ? '#888' : '#ddd'),
    ),
    ...y.ticks.map((tick) => text(SIZE.left - 8, y.at(tick) + 4, label(tick), 'end')),
    ...series.map((name, i) =>
      seriesOf(
        points.filter((point) => point.series === name),
        INKS[i % INKS.length] as string,
        x.at,
        y.at,
      ),
    ),
    ...series.map((name, i) => legend(name, i)),
    text(SIZE.width - SIZE.right, SIZE.height - 8, `${labels.x}, ${calibration.unit}`, 'end'),
    text(SIZE.left, SIZE.top - 12, labels.y, 'start'),
    '</svg>\n',
  ].join('\n');
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function scaleOf(values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = high - low || 1;
  const step = stepOf(span);
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-6; tick += step)
    ticks.push(Number(tick.toPrecision(6)));
  // A hair of room, so that marks at the ends are whole.
  const [a, b] = [from + Math.sign(to - from) * 10, to - Math.sign(to - from) * 10];
  return { at: (value) => a + ((value - low) / span) * (b - a), ticks };
}

/** 1, 2 or 5 times a power of ten: about six of them to the span. */
function stepOf(span: number): number {
  const power = 10 ** Math.floor(Math.log10(span / 6));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= span / 6) as number);
}

function seriesOf(points: readonly CalibrationPoint[], ink: string, x: Scale['at'], y: Scale['at']): string {
  const shown = points.filter(({ error }) => Number.isFinite(error));
  const path = shown.map(({ truth, error }) => `${fixed(x(truth))},${fixed(y(error))}`).join(' ');
  const marks = shown.map(
    ({ truth, error }) => `<circle cx="${fixed(x(truth))}" cy="${fixed(y(error))}" r="3.5" fill="${ink}"/>`,
  );
  return [`<polyline points="${path}" fill="none" stroke="${ink}" stroke-width="1.2"/>`, ...marks].join('\n');
}

function legend(name: string, i: number): string {
  const x = SIZE.left + i * 96;
  return `<circle cx="${x + 5}" cy="${SIZE.height - 12}" r="4" fill="${INKS[i % INKS.length]}"/>${text(x + 14, SIZE.height - 8, name, 'start')}`;
}

const fixed = (value: number): string => value.toFixed(1);
const label = (value: number): string => Number(value.toPrecision(3)).toString().replace('-', '−');

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${safe}</text>`;
}

function line(x1: number, y1: number, x2: number, y2: number, ink: string): string {
  return `<line x1="${fixed(x1)}" y1="${fixed(y1)}" x2="${fixed(x2)}" y2="${fixed(y2)}" stroke="${ink}"/>`;
}

function rectangle(left: number, top: number, right: number, bottom: number, ink: string): string {
  return `<rect x="${fixed(left)}" y="${fixed(top)}" width="${fixed(right - left)}" height="${fixed(bottom - top)}" fill="${ink}"/>`;
}
