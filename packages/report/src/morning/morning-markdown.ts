import type { HeatSpot } from '@plugfest/history';
import type { Morning } from './morning.ts';
import {
  attemptsInWords,
  cellInWords,
  costInWords,
  countsInWords,
  coverageInWords,
  firstLine,
  newsOf,
  sinceInWords,
  suspectInWords,
  whyOf,
} from './morning-words.ts';

const SIGNS = { pass: '✅', fail: '❌', flaky: '🎲', error: '💥', unjudged: '➖' } as const;
/** As many as a person reads; the page has all. */
const MOST = 40;

/** For the page of a CI job. What peers sent stays text: no markup, no link, no mention. */
export function renderMorningMarkdown(morning: Morning): string {
  const { run, gate, since, cells, idle, findings } = morning;
  const news = newsOf(morning);
  const byKey = new Map(cells.map((cell) => [cell.key, cell]));
  const rows = news.slice(0, MOST).map(({ kind, key, values, known }) => {
    const cell = byKey.get(key);
    const from = since.get(key);
    const why = [
      cell && whyOf(cell),
      cell && attemptsInWords(cell),
      known && `${known.owner}: ${known.reason}, until ${known.expires}`,
    ];
    return `| ${kind} | ${plain(cellInWords(morning, values))} | ${plain(why.filter(Boolean).join('; '))} | ${from ? plain(sinceInWords(from)) : ''} |`;
  });
  const suspect = suspectInWords(morning);
  return [
    `# ${gate.isOpen ? '✅' : '❌'} ${plain(firstLine(morning))}`,
    '',
    ...(suspect ? [`**${plain(suspect)}**`, ''] : []),
    ...(rows.length > 0 ? ['| change | cell | why | since |', '|---|---|---|---|', ...rows, ''] : []),
    ...(news.length > MOST ? [`… and ${news.length - MOST} more.`, ''] : []),
    `${plain(run.head.title)}, run ${plain(run.head.id)}: ${countsInWords(morning)}. ${coverageInWords(morning)}. ${costInWords(morning)}.`,
    '',
    gate.isOpen ? `Gate ${gate.policy}: open.` : `Gate ${gate.policy}: **shut**, ${gate.why.length} reasons.`,
    '',
    ...heatMapLines(morning),
    ...findings.map((finding) => `- Undeclared, but works: ${plain(finding.said)} (${finding.cells} cells).`),
    ...idle.map(
      (entry) => `- The entry for ${plain(JSON.stringify(entry.cell))} (${plain(entry.owner)}) means no cell.`,
    ),
    '',
  ].join('\n');
}

function heatMapLines({ heatMap: { axes, down, across, spots } }: Morning): string[] {
  return [
    `| ${plain(axes[0])} ↓ ${plain(axes[1])} → | ${across.map(plain).join(' | ')} |`,
    `|---|${across.map(() => '---').join('|')}|`,
    ...down.map((name, at) => `| ${plain(name)} | ${(spots[at] ?? []).map(spotInWords).join(' | ')} |`),
    '',
  ];
}

function spotInWords({ worst, passed, judged }: HeatSpot): string {
  if (worst === undefined) return '';
  return judged > 0 ? `${SIGNS[worst]} ${passed}/${judged}` : SIGNS[worst];
}

/** Text that Markdown leaves alone, in a table's cell too. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\\`*_{}[\]#|!~$]/g, '\\$&')
    .replace(/[<>@]|&(?!#)/g, (character) => `&#${character.codePointAt(0)};`)
    .replace(/:(?=\/\/)/g, '&#58;')
    .replace(/\bwww\./gi, (start) => `${start.slice(0, 3)}&#46;`);
}
