import { expect, test } from 'vitest';
import { curvePlot } from './curve-plot.ts';
import { filePagePath, renderFilePage } from './file-page.ts';
import type { FilePageData } from './file-page-data.ts';

const HOSTILE = `</td><script>document.title='owned'</script>"onload='x'`;
const curve = { name: 'psnrY', unit: 'dB', timesMs: [0, 500, 1000], values: [40, 30, 40] };
const pixel = 'data:image/png;base64,iVBORw0KGgo=';
const data: FilePageData = {
  capture: `/tmp/${HOSTILE}.mkv`,
  reference: '/tmp/sent.y4m',
  video: {
    psnrY: { value: 36.5, unit: 'dB', n: 3, low: 30, high: 40, method: HOSTILE },
    vmaf: { notMeasured: HOSTILE },
  },
  audio: {},
  findings: [{ level: 'fault', code: 'file-cut-short', file: 'capture', text: HOSTILE }],
  curves: [curve],
  worst: [{ frame: 7, referenceFrame: 6, timeMs: 500, psnrY: 30, sent: pixel, got: pixel, difference: pixel }],
  sounds: {
    capture: {
      durationMs: 1000,
      topHz: 24_000,
      image: pixel,
      level: { ...curve, name: 'level', unit: 'dBFS' },
      dropouts: [{ fromMs: 250, toMs: 500 }],
    },
  },
};

test('the page holds values, reasons, findings, pictures and the dropout where it was', () => {
  const page = renderFilePage(data);
  for (const text of [
    '36.5 dB',
    '30 … 40',
    'file-cut-short',
    'captured, picture 7',
    'sent, picture 6',
    '1 dropouts marked',
  ])
    expect(page).toContain(text);
  // A quarter of 936 units right of the axis at 56, and a quarter wide.
  expect(page).toContain('<rect class="dropout" x="290.0" y="0" width="234.0"');
});

test('nothing of the files can leave its place in the page', () => {
  const page = renderFilePage(data);
  expect(page).not.toContain('<script');
  expect(page).not.toContain(`"onload=`);
  expect(page).toContain("default-src 'none'");
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
});

test('a long curve is folded, and its extremes stay', () => {
  const values = Array.from({ length: 20_000 }, (_, n) => (n === 12_345 ? 5 : 40));
  const timesMs = values.map((_, n) => n * 40);
  const plot = curvePlot({ name: 'psnrY', unit: 'dB', timesMs, values }, 800_000);
  expect(plot.length).toBeLessThan(40_000);
  const heights = [...(/points="([^"]+)"/.exec(plot)?.[1] ?? '').matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y));
  expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(100);
});

test('a name that is no page is a directory', () => {
  expect(filePagePath('out', false)).toBe('out/index.html');
  expect(filePagePath('out.html', true)).toBe('out.html/index.html');
  expect(filePagePath('out.html', false)).toBe('out.html');
});
