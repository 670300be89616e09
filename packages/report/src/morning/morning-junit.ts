import type { Delta, RolledCell } from '@plugfest/history';
import { escapeMarkup } from '../escape.ts';
import type { Morning } from './morning.ts';
import { attemptsInWords, whyOf } from './morning-words.ts';

/** One `<testcase>` a cell. A known failure is skipped, with its owner; one that passes, or whose day is over, fails. */
export function renderMorningJunit({ run: { head }, cells, deltas }: Morning): string {
  const byKey = new Map(deltas.map((delta) => [delta.key, delta]));
  const cases = cells.map((cell) => ({ cell, inside: insideOf(cell, byKey.get(cell.key)) }));
  const missing = head.missingShards.map((name) => `<error message="${escapeMarkup(`shard ${name} is missing`)}"/>`);
  const all = [...cases.map(({ inside }) => inside), ...missing];
  const count = (tag: string): number => all.filter((inside) => inside.startsWith(`<${tag} `)).length;
  const element = (name: string, ms: number, inside: string): string =>
    `  <testcase classname="${escapeMarkup(head.matrix)}" name="${escapeMarkup(name)}" time="${(ms / 1000).toFixed(3)}">${inside}</testcase>`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="plugfest">',
    ` <testsuite name="${escapeMarkup(head.matrix)}" tests="${all.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}" timestamp="${escapeMarkup(head.startedAt)}">`,
    ...cases.map(({ cell, inside }) =>
      element(
        cell.key,
        cell.attempts.reduce((sum, { durationMs }) => sum + durationMs, 0),
        inside,
      ),
    ),
    ...missing.map((inside, index) => element(`shard ${head.missingShards[index]}`, 0, inside)),
    ' </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

function insideOf(cell: RolledCell, delta: Delta | undefined): string {
  const said = [attemptsInWords(cell), whyOf(cell)].filter(Boolean).join('; ');
  const owner = delta?.known ? `${delta.known.owner}: ${delta.known.reason}, until ${delta.known.expires}; ` : '';
  if (delta?.kind === 'XFAIL') return `<skipped message="${escapeMarkup(`known failure, ${owner}${said}`)}"/>`;
  if (delta?.kind === 'XPASS')
    return `<failure type="XPASS" message="${escapeMarkup(`listed as a known failure (${owner.slice(0, -2)}), and passes`)}"/>`;
  switch (cell.state) {
    case 'pass':
      return cell.attempts.length > 1 ? `<system-out>${escapeMarkup(attemptsInWords(cell))}</system-out>` : '';
    case 'fail':
    case 'flaky':
      return `<failure type="${escapeMarkup(delta?.kind ?? cell.state)}" message="${escapeMarkup(`${owner}${said}`)}"/>`;
    case 'error':
      return `<error message="${escapeMarkup(said)}"/>`;
    case 'unjudged':
      return `<skipped message="${escapeMarkup(said || 'had no turn')}"/>`;
  }
}
