import { basename, join } from 'node:path';
import type { Measured } from '@plugfest/model';
import { curvePlot, PLOT, timeTicks } from './curve-plot.ts';
import { escapeMarkup } from './escape.ts';
import type { FilePageData, PagePair, PageSound } from './file-page-data.ts';

const STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#888;--ink:#2563c9;--bad:#d33a3a;--warn:#b07a00}
body{font:15px/1.5 system-ui,sans-serif;max-width:68rem;margin:2.5rem auto;padding:0 1.5rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2.4rem 0 .6rem}.files{color:var(--soft);overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}td,th{padding:.35rem .6rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:500;color:var(--soft);font-size:.85em}td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.none td{color:var(--soft)}td.method{font-size:.8em;color:var(--soft)}code{font-size:.9em}
ul.findings{list-style:none;padding:0}ul.findings li{padding:.4rem .8rem;border-left:4px solid var(--line);margin:.4rem 0;overflow-wrap:anywhere}
li.error,li.fault{border-color:var(--bad)!important}li.warning{border-color:var(--warn)!important}
figure{margin:.8rem 0}figcaption{font-size:.85em;color:var(--soft)}svg{width:100%;display:block}svg text{font-size:11px;fill:var(--soft)}
.grid{stroke:var(--line)}.curve{fill:none;stroke:var(--ink);stroke-width:1.5}.band{fill:var(--ink);opacity:.22;stroke:var(--ink);stroke-width:.5}
.dropout{fill:#f33;opacity:.35;stroke:#f33;stroke-width:1}.trio{display:grid;grid-template-columns:repeat(3,1fr);gap:.6rem;margin-bottom:1rem}
.trio figure{margin:0}.trio img{width:100%;display:block;background:#0003}`;

/** The page of two measured files, or of one: no script, nothing from elsewhere. */
export function renderFilePage(data: FilePageData): string {
  const { capture, reference, curves, worst, sounds } = data;
  const title = reference ? `${basename(capture)} against ${basename(reference)}` : basename(capture);
  const durationMs = Math.max(0, ...curves.map(({ timesMs }) => timesMs[timesMs.length - 1] ?? 0));
  const sections = [
    ['Findings', findingList(data.findings)],
    ['Video', valueTable(data.video)],
    ['Audio', valueTable(data.audio)],
    ['Worst pictures', worst.map(pair).join('')],
    ['Pictures over time', curves.map((curve) => curvePlot(curve, durationMs)).join('')],
    ['Sound over time', (['reference', 'capture'] as const).map((role) => sound(role, sounds[role])).join('')],
  ].filter(([, content]) => content !== '');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeMarkup(title)} – Plugfest</title><style>${STYLE}</style></head><body>
<h1>${escapeMarkup(title)}</h1><p class="files">${reference ? `reference ${escapeMarkup(reference)}<br>` : ''}capture ${escapeMarkup(capture)}</p>
${sections.map(([heading, content]) => `<section><h2>${heading}</h2>${content}</section>`).join('\n')}
</body></html>
`;
}

/** Where the page goes: a directory gets `index.html`. */
export function filePagePath(target: string, isDirectory: boolean): string {
  return isDirectory || !/\.html?$/i.test(target) ? join(target, 'index.html') : target;
}

function findingList(findings: FilePageData['findings']): string {
  if (findings.length === 0) return '<p>Nothing is wrong with the files.</p>';
  const items = findings.map(
    ({ level, code, text }) =>
      `<li class="${escapeMarkup(level)}"><b>${escapeMarkup(level)}</b> <code>${escapeMarkup(code)}</code><br>${escapeMarkup(text)}</li>`,
  );
  return `<ul class="findings">${items.join('')}</ul>`;
}

function valueTable(values: Readonly<Record<string, Measured>>): string {
  const rows = Object.entries(values).map(([name, value]) => {
    const head = `<td><code>${escapeMarkup(name)}</code></td>`;
    if ('notMeasured' in value)
      return `<tr class="none">${head}<td class="number">–</td><td colspan="3">${escapeMarkup(value.notMeasured)}</td></tr>`;
    const unit = value.unit === '1' ? '' : ` ${escapeMarkup(value.unit)}`;
    return `<tr>${head}<td class="number">${short(value.value)}${unit}</td><td class="number">${short(value.low)} … ${short(value.high)}</td><td class="number">${value.n}</td><td class="method">${escapeMarkup(value.method)}</td></tr>`;
  });
  return `<table><thead><tr><th>value</th><th></th><th>95 % interval</th><th>n</th><th>method</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function short(value: number): string {
  return String(Number(value.toPrecision(5)));
}

function pair({ frame, referenceFrame, timeMs, psnrY, ssimY, sent, got, difference }: PagePair): string {
  const scores = [
    ...(psnrY === undefined ? [] : [`PSNR ${psnrY.toFixed(2)} dB`]),
    ...(ssimY === undefined ? [] : [`SSIM ${ssimY.toFixed(4)}`]),
  ].join(', ');
  const pictures = [
    [`sent, picture ${referenceFrame}`, sent],
    [`captured, picture ${frame}`, got],
    ['difference of luma, four times', difference],
  ] as const;
  const figures = pictures.map(
    ([caption, uri]) =>
      `<figure><img alt="${caption}" src="${escapeMarkup(uri)}"><figcaption>${caption}</figcaption></figure>`,
  );
  return `<p>At ${(timeMs / 1000).toFixed(2)} s: ${scores}</p><div class="trio">${figures.join('')}</div>`;
}

const SPECTRUM_HEIGHT = 220;

function sound(role: 'reference' | 'capture', of: PageSound | undefined): string {
  if (!of) return '';
  const { durationMs, topHz, image, level, dropouts } = of;
  const width = PLOT.width - PLOT.left - PLOT.right;
  const x = (ms: number): number => PLOT.left + (ms / durationMs) * width;
  const marks = dropouts.map(
    ({ fromMs, toMs }) =>
      `<rect class="dropout" x="${x(fromMs).toFixed(1)}" y="0" width="${Math.max(1, x(toMs) - x(fromMs)).toFixed(1)}" height="${SPECTRUM_HEIGHT}"/>`,
  );
  const frequencies = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = SPECTRUM_HEIGHT * (1 - share);
    const dy = share === 1 ? 10 : share === 0 ? 0 : 4;
    return `<text x="${PLOT.left - 6}" y="${y}" dy="${dy}" text-anchor="end">${((topHz * share) / 1000).toFixed(1)} kHz</text>`;
  });
  const times = timeTicks(durationMs).map(
    ({ atMs, label }) =>
      `<text x="${x(atMs).toFixed(1)}" y="${SPECTRUM_HEIGHT + 16}" text-anchor="middle">${label}</text>`,
  );
  const lost = dropouts.length === 0 ? '' : `, ${dropouts.length} dropouts marked`;
  return `<figure><figcaption>${role}: spectrum${lost}</figcaption><svg viewBox="0 0 ${PLOT.width} ${SPECTRUM_HEIGHT + 22}" role="img" aria-label="spectrum of the ${role}">
<image x="${PLOT.left}" y="0" width="${width}" height="${SPECTRUM_HEIGHT}" preserveAspectRatio="none" href="${escapeMarkup(image)}"/>${marks.join('')}${frequencies.join('')}${times.join('')}</svg></figure>${curvePlot(level, durationMs)}`;
}
