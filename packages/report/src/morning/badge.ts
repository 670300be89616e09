import { escapeMarkup } from '../escape.ts';
import type { Morning } from './morning.ts';

/** A flat badge: a label, and what it says. */
export function renderBadge(label: string, message: string, colour: string): string {
  const [left, right] = [widthOf(label), widthOf(message)];
  const text = (at: number, said: string): string =>
    `<text x="${at}" y="14" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" fill="#fff">${escapeMarkup(said)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${escapeMarkup(`${label}: ${message}`)}">`,
    `<title>${escapeMarkup(`${label}: ${message}`)}</title>`,
    `<clipPath id="r"><rect width="${left + right}" height="20" rx="3"/></clipPath>`,
    `<g clip-path="url(#r)"><rect width="${left}" height="20" fill="#555"/><rect x="${left}" width="${right}" height="20" fill="${colour}"/></g>`,
    text(left / 2, label),
    text(left + right / 2, message),
    '</svg>',
    '',
  ].join('\n');
}

/** Of Verdana at 11 px a character is 7 px wide on average; five to each side. */
const widthOf = (text: string): number => 10 + 7 * [...text].length;

const GREEN = '#1a8a4a';
const RED = '#c62f2f';
const AMBER = '#a86f00';

/** By the name of their files. */
export function badgesOf({ cells, coverage, gate, deltas }: Morning): Readonly<Record<string, string>> {
  const passed = cells.filter(({ state }) => state === 'pass').length;
  const flaky = cells.filter(({ state }) => state === 'flaky').length;
  const worse = deltas.filter(({ kind }) => kind === 'PASS→FAIL' || kind === 'PASS→FLAKY').length;
  const percent = coverage.possible > 0 ? Math.floor((100 * coverage.covered) / coverage.possible) : 0;
  return {
    matrix: renderBadge('matrix', `${passed}/${coverage.judged} pass`, gate.isOpen ? GREEN : RED),
    regressions: renderBadge('regressions', String(worse), worse > 0 ? RED : GREEN),
    coverage: renderBadge(`${coverage.strength}-way coverage`, `${percent} %`, percent === 100 ? GREEN : AMBER),
    flaky: renderBadge('flaky', String(flaky), flaky > 0 ? AMBER : GREEN),
  };
}
