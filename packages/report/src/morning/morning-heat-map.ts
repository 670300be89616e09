import type { Attempt, HeatSpot, RolledCell } from '@plugfest/history';
import { escapeMarkup } from '../escape.ts';
import type { Morning } from './morning.ts';
import { linkTo } from './morning-links.ts';
import { attemptsInWords, sinceInWords, timeInWords, whyOf } from './morning-words.ts';

/** The heat map, and below it the cells of each spot, to fold open. */
export function renderHeatMap(morning: Morning): string {
  const { axes, down, across, spots } = morning.heatMap;
  const heads = across.map((name) => `<th>${escapeMarkup(name)}</th>`).join('');
  const rows = down.map((name, y) => {
    const cells = (spots[y] ?? []).map((spot, x) => spotOnPage(spot, `spot-${y}-${x}`)).join('');
    return `<tr><th>${escapeMarkup(name)}</th>${cells}</tr>`;
  });
  const folds = down.flatMap((a, y) =>
    across.flatMap((b, x) => {
      const spot = spots[y]?.[x];
      return spot && spot.cells.length > 0 ? [foldOf(morning, spot, `spot-${y}-${x}`, `${a} × ${b}`)] : [];
    }),
  );
  return `<h2>${escapeMarkup(`${axes[0]} × ${axes[1]}`)}</h2><div class="scroll"><table class="heat"><tr><th>${escapeMarkup(`${axes[0]} ↓ ${axes[1]} →`)}</th>${heads}</tr>${rows.join('\n')}</table></div>
<h2>Cells</h2>${folds.join('\n')}`;
}

function spotOnPage({ worst, passed, judged }: HeatSpot, id: string): string {
  if (worst === undefined) return '<td></td>';
  return `<td class="${worst}"><a href="#${id}">${judged > 0 ? `${passed}/${judged}` : worst === 'error' ? 'error' : '–'}</a></td>`;
}

function foldOf(morning: Morning, { worst, passed, judged, cells }: HeatSpot, id: string, title: string): string {
  const isOpen = worst === 'fail' || worst === 'flaky' || worst === 'error';
  const sum = judged > 0 ? `${passed}/${judged} pass` : 'not judged';
  return `<details id="${id}"${isOpen ? ' open' : ''}><summary>${escapeMarkup(title)}: <span class="state ${worst}">${sum}</span></summary>
<div class="scroll"><table><tr><th>cell</th><th>state</th><th>attempts</th><th>took</th><th>why</th></tr>${cells.map((cell) => cellRow(morning, cell)).join('\n')}</table></div></details>`;
}

function cellRow(morning: Morning, cell: RolledCell): string {
  const { heatMap, run, since } = morning;
  const rest = Object.entries(cell.values).filter(([axis]) => !heatMap.axes.includes(axis));
  const name = rest.map(([axis, value]) => `${axis}=${value}`).join(', ') || cell.key;
  const link = (attempt: Attempt): string => linkTo(run.head.directory, attempt.report, attempt.verdict);
  const took = cell.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const from = since.get(cell.key);
  const why = [cell.state === 'pass' ? '' : whyOf(cell), attemptsInWords(cell), from ? sinceInWords(from) : ''];
  return `<tr><td>${escapeMarkup(name)}</td><td class="state ${cell.state}">${cell.state}</td><td>${cell.attempts.map(link).join(' ') || 'had no turn'}</td><td class="n">${took > 0 ? timeInWords(took) : ''}</td><td class="why">${escapeMarkup(why.filter(Boolean).join('; '))}</td></tr>`;
}
