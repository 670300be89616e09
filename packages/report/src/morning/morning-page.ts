import type { Delta, RolledCell } from '@plugfest/history';
import { escapeMarkup } from '../escape.ts';
import type { Morning } from './morning.ts';
import { renderHeatMap } from './morning-heat-map.ts';
import { linkTo } from './morning-links.ts';
import { MORNING_STYLE } from './morning-style.ts';
import { renderTrends } from './morning-trends.ts';
import {
  attemptsInWords,
  cellInWords,
  costInWords,
  countsInWords,
  coverageInWords,
  differenceInWords,
  firstLine,
  newsOf,
  sinceInWords,
  suspectInWords,
  whyOf,
} from './morning-words.ts';

/** One page that stands alone and has no script: what changed first, then the heat map, the cells, trends and cost. */
export function renderMorningPage(morning: Morning): string {
  const { run, gate } = morning;
  const [news = '', ...rest] = firstLine(morning).split(' – ');
  const suspect = suspectInWords(morning);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(`${news} – ${run.head.title}`)}</title><style>${MORNING_STYLE}</style></head><body>
<h1 class="${gate.isOpen ? 'open' : 'shut'}">${escapeMarkup(news)}${rest.map((part) => `<small>${escapeMarkup(part)}</small>`).join('')}</h1>
${suspect ? `<p class="suspect">${escapeMarkup(suspect)}</p>` : ''}
<p class="eyebrow">${escapeMarkup(run.head.title)} · ${escapeMarkup(run.head.startedAt.replace('T', ' ').slice(0, 16))} UTC · run ${escapeMarkup(run.head.id)}</p>
${renderDeltas(morning)}
<div class="cards">${card('Cells', countsInWords(morning))}${card('Coverage', coverageInWords(morning))}${card('Cost', costInWords(morning))}${card(`Gate ${gate.policy}`, gate.isOpen ? 'open' : `shut: ${gate.why.length} reasons`)}</div>
${renderFindings(morning)}
${renderIdle(morning)}
${renderHeatMap(morning)}
${renderTrends(morning)}
</body></html>
`;
}

const card = (name: string, said: string): string => `<div><b>${escapeMarkup(name)}</b>${escapeMarkup(said)}</div>`;

function renderDeltas(morning: Morning): string {
  const news = newsOf(morning);
  const quiet = morning.deltas.filter((delta) => !news.includes(delta));
  const counted = [...Map.groupBy(quiet, ({ kind }) => kind)].map(([kind, { length }]) => `${length} × ${kind}`);
  const byKey = new Map(morning.cells.map((cell) => [cell.key, cell]));
  const row = (delta: Delta): string => deltaRow(morning, delta, byKey.get(delta.key));
  const table = (rows: readonly Delta[]): string =>
    `<div class="scroll"><table><tr><th>change</th><th>cell</th><th>why</th><th>since</th></tr>${rows.map(row).join('\n')}</table></div>`;
  const more =
    quiet.length > 0
      ? `<details><summary>As expected, or new and good: ${escapeMarkup(counted.join(', '))}</summary>${table(quiet)}</details>`
      : '';
  return `<h2>What changed</h2>${news.length > 0 ? table(news) : '<p>Nothing.</p>'}${more}`;
}

const COLOURS: Readonly<Partial<Record<Delta['kind'], string>>> = {
  'FAIL→PASS': 'pass',
  'PASS→FLAKY': 'flaky',
  XFAIL: 'flaky',
  ERROR: 'error',
  GONE: 'unjudged',
};

function deltaRow(
  morning: Morning,
  { kind, key, values, known, now, before }: Delta,
  cell: RolledCell | undefined,
): string {
  const colour = COLOURS[kind] ?? (now === 'pass' && kind === 'NEW' ? 'pass' : 'fail');
  const why = [
    cell && now !== 'pass' ? whyOf(cell) : '',
    cell ? attemptsInWords(cell) : '',
    known ? `${known.owner}: ${known.reason}, until ${known.expires}` : '',
  ].filter(Boolean);
  return `<tr><td class="kind ${colour}">${escapeMarkup(kind)}</td><td>${escapeMarkup(cellInWords(morning, values))}</td><td class="why">${escapeMarkup(why.join('; '))}</td><td class="since">${sinceOf(morning, key, before)}</td></tr>`;
}

/** First bad and last good with links to their reports, and what differed below. */
function sinceOf({ since, runs }: Morning, key: string, before: string | undefined): string {
  const from = since.get(key);
  if (!from) return before ? `was ${escapeMarkup(before)}` : '';
  const { firstBad, lastGood, differs, unjudgedBetween } = from;
  const link = ({ run, attempt }: typeof firstBad): string =>
    linkTo(runs.find(({ head }) => head.id === run)?.head.directory, attempt.report, run);
  if (!lastGood) return escapeMarkup(sinceInWords(from)).replace(escapeMarkup(firstBad.run), () => link(firstBad));
  const between = unjudgedBetween > 0 ? ` (${unjudgedBetween} between did not judge it)` : '';
  const list = differs.map((each) => `<li>${escapeMarkup(differenceInWords(each))}</li>`).join('');
  return `first bad ${link(firstBad)}<br>last good ${link(lastGood)}${between}<br>${list ? `differs:<ul>${list}</ul>` : 'nothing that is recorded differs'}`;
}

function renderFindings({ findings }: Morning): string {
  if (findings.length === 0) return '';
  const lines = findings.map(({ said, cells }) => `<li>${escapeMarkup(said)} (${cells} cells)</li>`);
  return `<h2>Undeclared, but works</h2><ul>${lines.join('')}</ul>`;
}

function renderIdle({ idle }: Morning): string {
  if (idle.length === 0) return '';
  const entries = idle.map(({ cell, owner }) => `<li>${escapeMarkup(`${JSON.stringify(cell)} (${owner})`)}</li>`);
  return `<p>Entries of the reviewed file that mean no cell of this run:</p><ul>${entries.join('')}</ul>`;
}
