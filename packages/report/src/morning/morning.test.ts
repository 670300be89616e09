import { type Attempt, cellKey, type MatrixRun, NOTHING_KNOWN, wilson } from '@plugfest/history';
import { describe, expect, test } from 'vitest';
import { badgesOf } from './badge.ts';
import { morningOf } from './morning.ts';
import { renderMorningJunit } from './morning-junit.ts';
import { linkTo } from './morning-links.ts';
import { plain, renderMorningMarkdown } from './morning-markdown.ts';
import { renderMorningPage } from './morning-page.ts';
import { firstLine } from './morning-words.ts';

type Cells = readonly (readonly [first: string, second: string, ...verdicts: Attempt['verdict'][]])[];

function night(
  day: number,
  cells: Cells,
  more: Partial<Attempt> = {},
  said = 'room sees anna: no (limit: yes)',
): MatrixRun {
  const id = `matrix-small-2026010${day}-020000`;
  return {
    head: {
      type: 'run',
      version: 1,
      id,
      matrix: 'small',
      title: 'A small one',
      file: '/small.matrix.ts',
      startedAt: `2026-01-0${day}T02:00:00.000Z`,
      strength: 2,
      seed: 0,
      heatMap: ['first', 'second'],
      tuples: 9,
      excluded: 1,
      directory: id,
      rows: cells.map(([first, second], index) => ({ number: index + 1, values: { first, second } })),
      planRows: cells.length,
      planDigest: 'aa',
      repeats: 1,
      missingShards: [],
    },
    attempts: cells.flatMap(([first, second, ...verdicts]) =>
      verdicts.map(
        (verdict, index): Attempt => ({
          type: 'attempt',
          values: { first, second },
          attempt: index + 1,
          verdict,
          failed: verdict === 'fail' ? [said] : [],
          startedAt: `2026-01-0${day}T02:00:00.000Z`,
          durationMs: 9000,
          seed: 1,
          report: `../run-${day}/index.html`,
          versions: { plugfest: '1' },
          digests: {},
          params: {},
          findings: [],
          quality: { ssimY: { value: 0.9 + day / 100, unit: '1' } },
          ...more,
        }),
      ),
    ),
    end: { type: 'end', why: 'all-rows', at: `2026-01-0${day}T03:00:00.000Z` },
  };
}

const GOOD: Cells = [
  ['room', 'wrtc', 'pass'],
  ['room', 'skype', 'pass'],
  ['lync', 'wrtc', 'pass'],
];
const WORSE: Cells = [
  ['room', 'wrtc', 'fail'],
  ['room', 'skype', 'fail'],
  ['lync', 'wrtc', 'pass'],
];
const planted = morningOf(
  night(2, WORSE, { versions: { plugfest: '2' } }),
  [night(1, GOOD)],
  NOTHING_KNOWN,
  'new-failures',
);

describe('an endpoint that was made worse between two nights', () => {
  test('is the first line, with first bad, last good and what differed', () => {
    const line =
      'PASS→FAIL: first=room, second=wrtc and 1 more – room sees anna: no (limit: yes) – first bad: matrix-small-20260102-020000, ' +
      'last good: matrix-small-20260101-020000; differs: version of plugfest (1 → 2)';
    expect(firstLine(planted)).toBe(line);
    expect(renderMorningMarkdown(planted).split('\n')[0]).toBe(`# ❌ ${line}`);
    const page = renderMorningPage(planted);
    const body = page.slice(page.indexOf('<body>'));
    expect(body.replace(/<[^>]+>/g, ' ').trim()).toMatch(/^PASS→FAIL: first=room, second=wrtc and 1 more/);
  });

  test('what the worse cells have in common is said', () => {
    const said = 'All 2 that became worse have first=room: 2 of the 2 cells with it, none of the 1 without.';
    expect(renderMorningPage(planted)).toContain(said);
    expect(planted.suspect).toEqual({ values: { first: 'room' }, worse: 2, judged: 2, others: 1 });
  });

  test('the page leads to both nights’ reports, and says each run’s quality', () => {
    const page = renderMorningPage(planted);
    expect(page).toContain('first bad <a href="../matrix-small-20260102-020000/../run-2/index.html">');
    expect(page).toContain('last good <a href="../matrix-small-20260101-020000/../run-1/index.html">');
    expect(page).toContain('ssimY 0.92');
    expect(page).toContain('<td class="fail"><a href="#spot-1-0">0/1</a></td>');
  });

  test('JUnit and badges say it too', () => {
    expect(renderMorningJunit(planted)).toMatch(/tests="3" failures="2" errors="0" skipped="0"/);
    expect(badgesOf(planted).regressions).toContain('aria-label="regressions: 2"');
  });
});

test('nothing changed', () => {
  const quiet = morningOf(night(2, GOOD), [night(1, GOOD)], NOTHING_KNOWN, 'new-failures');
  expect(firstLine(quiet)).toBe('Nothing changed: 3 cells: 3 pass');
  expect(quiet.gate.isOpen).toBe(true);
});

test('a flaky cell shows every attempt', () => {
  const flaky = morningOf(
    night(2, [['room', 'wrtc', 'fail', 'pass', 'pass']]),
    [night(1, GOOD)],
    NOTHING_KNOWN,
    'new-failures',
  );
  expect(flaky.cells[0]).toMatchObject({ state: 'flaky', ratio: wilson(2, 3) });
  for (const said of [renderMorningPage(flaky), renderMorningMarkdown(flaky), renderMorningJunit(flaky)])
    expect(said).toContain('flaky 2/3 (21–94 %): fail, pass, pass');
});

test('known failures: listed ones are skipped, those that pass fail', () => {
  const entry = (first: string) => ({
    cell: { first },
    owner: 'anna',
    reason: 'a bug',
    expires: '2026-12-31',
    flaky: false,
  });
  const known = { known: [entry('room'), entry('lync')] };
  const morning = morningOf(night(2, WORSE), [night(1, GOOD)], known, 'new-failures');
  expect(firstLine(morning)).toBe('XPASS: first=lync, second=wrtc');
  expect(renderMorningJunit(morning)).toMatch(/failures="1" errors="0" skipped="2"/);
  expect(morning.gate.why).toEqual([
    'XPASS first=lync, second=wrtc: it is listed as failing (anna: a bug), and passes',
  ]);
});

describe('what peers and files say stays text', () => {
  const HOSTILE =
    '</td><script>alert(1)</script><img src=x onerror=alert(1)> "\'&#x3c; @team [a](http://x.example) | `b` www.x.example\n# head\u202e';
  const cells: Cells = [[HOSTILE, 'javascript:alert(1)', 'fail']];
  const bad = night(
    2,
    cells,
    { report: 'javascript:alert(1)', reason: HOSTILE, versions: { [HOSTILE]: HOSTILE } },
    HOSTILE,
  );
  const hostile = morningOf(
    { ...bad, head: { ...bad.head, title: HOSTILE, missingShards: [HOSTILE] } },
    [],
    NOTHING_KNOWN,
    'all',
  );

  test('in the page', () => {
    const page = renderMorningPage(hostile);
    expect(page).not.toMatch(/<script|<img|href="javascript/i);
    expect(page).toContain('&lt;script&gt;');
    expect(page).toContain("default-src 'none'");
  });

  test('in JUnit and badges', () => {
    expect(renderMorningJunit(hostile)).not.toMatch(/<script|<img/i);
    expect(Object.values(badgesOf(hostile)).join()).not.toMatch(/<script/i);
  });

  test('in Markdown: no markup, no link, no mention, no table cell of its own', () => {
    const said = plain(HOSTILE);
    expect(said).not.toMatch(/[<>@\n\u202e]|(?<!\\)[[\]`|#](?!\d)|:\/\/|www\./);
    expect(renderMorningMarkdown(hostile)).not.toMatch(/<script|<img/i);
  });

  test.each(['javascript:alert(1)', '//x.example/a', '/etc/passwd', '../../../etc/passwd', 'a"b', '..'])(
    'no link to %s',
    (report) => {
      expect(linkTo('matrix-a', report, 'x')).toBe('x');
      expect(linkTo(report, '../run/index.html', 'x')).toBe('x');
    },
  );

  test('a cell’s name is its values’', () => {
    expect(cellKey({ b: '2', a: '1' })).toBe('a=1, b=2');
  });
});
