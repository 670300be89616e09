import type { Verdict } from '@plugfest/model';
import type { MatrixRecord } from './matrix-record.ts';
import { type HeatCell, heatMapOf, summarise } from './matrix-summary.ts';
import { duration } from './terminal.ts';

const SIGNS: Readonly<Record<Verdict, string>> = {
  pass: '✅',
  fail: '❌',
  error: '💥',
  inconclusive: '❔',
  unsupported: '➖',
  'not-run': '➖',
};

const COLOURS: Readonly<Record<Verdict, string>> = {
  pass: '#c9ecd0',
  fail: '#f6bcbc',
  error: '#e6b3e6',
  inconclusive: '#f5e3a8',
  unsupported: '#e3e3e3',
  'not-run': '#e3e3e3',
};

/** What came of it in one line. */
export function headline(record: MatrixRecord): string {
  const { planned, verdicts, left, covered, tuples, excluded } = summarise(record);
  const counts = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  const rest = left > 0 ? [`${left} had no turn (${record.ended})`] : [];
  return `${planned} rows: ${[...counts, ...rest].join(', ') || 'none ran'}; ${covered} of ${tuples - excluded} possible combinations of ${record.strength} were seen`;
}

/** For the page of a CI job. */
export function renderMatrixMarkdown(record: MatrixRecord): string {
  const { down, across, cells } = heatMapOf(record);
  const [first, second] = record.heatMap;
  const bad = record.rows.filter(({ outcome }) => outcome && outcome.verdict !== 'pass');
  return [
    `# ${record.title}`,
    '',
    headline(record),
    '',
    `| ${first} ↓ ${second} → | ${across.join(' | ')} |`,
    `|---|${across.map(() => '---').join('|')}|`,
    ...down.map((name, at) => `| ${name} | ${(cells[at] ?? []).map(cellInWords).join(' | ')} |`),
    '',
    ...(bad.length > 0 ? ['| row | verdict | what | why |', '|---|---|---|---|', ...bad.map(rowInWords), ''] : []),
  ].join('\n');
}

function cellInWords({ worst, passed, judged }: HeatCell): string {
  if (worst === undefined) return '';
  return judged > 0 ? `${SIGNS[worst]} ${passed}/${judged}` : SIGNS[worst];
}

function rowInWords({ number, values, outcome }: MatrixRecord['rows'][number]): string {
  const why = (outcome?.reason ?? outcome?.failed.join('; ') ?? '').replace(/\s+/g, ' ').replaceAll('|', '\\|');
  return `| ${number} | ${outcome?.verdict} | ${Object.values(values).join(', ')} | ${why} |`;
}

/** One `<testcase>` a row. */
export function renderMatrixJunit(record: MatrixRecord): string {
  const cases = record.rows.map((row) => {
    const { verdict, reason, failed, durationMs } = row.outcome ?? {
      verdict: 'not-run',
      reason: record.ended,
      failed: [],
      durationMs: 0,
    };
    const said = escapeMarkup(reason ?? failed.join('; '));
    const inside: Record<Verdict, string> = {
      pass: '',
      fail: `<failure message="${said}"/>`,
      inconclusive: `<failure type="inconclusive" message="${said}"/>`,
      error: `<error message="${said}"/>`,
      unsupported: `<skipped message="unsupported: ${said}"/>`,
      'not-run': `<skipped message="not-run: ${said}"/>`,
    };
    const name = escapeMarkup(
      Object.entries(row.values)
        .map(([axis, value]) => `${axis}=${value}`)
        .join(' '),
    );
    return {
      verdict,
      text: `  <testcase classname="${escapeMarkup(record.matrix)}" name="${name}" time="${(durationMs / 1000).toFixed(3)}">${inside[verdict as Verdict]}</testcase>`,
    };
  });
  const count = (...verdicts: readonly string[]): number =>
    cases.filter(({ verdict }) => verdicts.includes(verdict)).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="plugfest">',
    ` <testsuite name="${escapeMarkup(record.matrix)}" tests="${cases.length}" failures="${count('fail', 'inconclusive')}" errors="${count('error')}" skipped="${count('not-run', 'unsupported')}" timestamp="${record.startedAt}">`,
    ...cases.map(({ text }) => text),
    ' </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

/** One page that stands alone: the heat map, and every row with its report. */
export function renderMatrixPage(record: MatrixRecord): string {
  const { down, across, cells } = heatMapOf(record);
  const head = `<tr><th>${escapeMarkup(record.heatMap.join(' ↓ '))} →</th>${across.map((name) => `<th>${escapeMarkup(name)}</th>`).join('')}</tr>`;
  const body = down.map(
    (name, at) => `<tr><th>${escapeMarkup(name)}</th>${(cells[at] ?? []).map(cellOnPage).join('')}</tr>`,
  );
  const axes = Object.keys(record.rows[0]?.values ?? {});
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeMarkup(record.title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#222}table{border-collapse:collapse;margin:1rem 0}th,td{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}td a{color:inherit}</style>
</head><body><h1>${escapeMarkup(record.title)}</h1><p>${escapeMarkup(headline(record))}</p>
<table>${head}${body.join('')}</table>
<table><tr><th>row</th>${axes.map((axis) => `<th>${escapeMarkup(axis)}</th>`).join('')}<th>verdict</th><th>took</th><th>why</th></tr>
${record.rows.map((row) => rowOnPage(row, axes)).join('\n')}
</table></body></html>
`;
}

function cellOnPage({ worst, passed, judged, rows }: HeatCell): string {
  if (worst === undefined) return '<td></td>';
  const links = rows.flatMap(({ number, outcome }) =>
    outcome ? [`<a href="${escapeMarkup(outcome.report)}">${number}</a>`] : [],
  );
  return `<td style="background:${COLOURS[worst]}">${judged > 0 ? `${passed}/${judged}` : worst} <small>${links.join(' ')}</small></td>`;
}

function rowOnPage({ number, values, outcome }: MatrixRecord['rows'][number], axes: readonly string[]): string {
  const cells = axes.map((axis) => `<td>${escapeMarkup(values[axis] ?? '')}</td>`).join('');
  if (!outcome) return `<tr><td>${number}</td>${cells}<td></td><td></td><td></td></tr>`;
  const { verdict, report, durationMs, reason, failed } = outcome;
  const link = `<a href="${escapeMarkup(report)}">${verdict}</a>`;
  return `<tr><td>${number}</td>${cells}<td style="background:${COLOURS[verdict]}">${link}</td><td>${duration(durationMs)}</td><td>${escapeMarkup(reason ?? failed.join('; '))}</td></tr>`;
}

function escapeMarkup(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
