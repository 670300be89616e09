/** More than this of a name nobody reads in a tile; a peer may send any length. */
const MAX_GRAPHEMES = 80;
/** Marks that are left on one letter: enough for every script, and too few to climb over a neighbour's picture. */
const MAX_MARKS = 4;

/** Embeddings, overrides and isolates: with them a name could turn around what stands beside it. @see UAX #9 §2 */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** Controls, line and paragraph ends, and what is no character. */
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Cn}\ufeff\ufff9-\ufffb]+/gu;
const MARKS = new RegExp(`(\\p{M}{${MAX_MARKS}})\\p{M}+`, 'gu');

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** What people see as its characters: a letter with its marks, a syllable, a family of emoji. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** A peer's display name as it may stand in a picture. @see UAX #29 */
export function labelText(name: string): string {
  // Cut before the rest is done: what follows costs by the length.
  const bounded = name.slice(0, MAX_GRAPHEMES * 16);
  const clean = bounded.normalize('NFC').replace(CONTROLS, ' ').replace(DIRECTIONS, '').replace(MARKS, '$1').trim();
  return graphemes(clean).slice(0, MAX_GRAPHEMES).join('');
}

/** The longest beginning that fits, whole graphemes, with an ellipsis where something is left out. */
export function shortened(text: string, fits: (text: string) => boolean): string {
  const clean = labelText(text);
  if (fits(clean)) return clean;
  const parts = graphemes(clean);
  let [few, many] = [0, parts.length];
  while (few < many) {
    const middle = Math.ceil((few + many) / 2);
    if (fits(`${parts.slice(0, middle).join('')}…`)) few = middle;
    else many = middle - 1;
  }
  return `${parts.slice(0, few).join('').trimEnd()}…`;
}

/** First characters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = labelText(name)
    .split(/[\s._-]+/u)
    .filter(Boolean);
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked.map((word) => graphemes(word ?? '')[0]?.toLocaleUpperCase('en') ?? '').join('');
}
