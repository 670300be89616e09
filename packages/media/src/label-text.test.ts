import { growth } from '@plugfest/model/cost-fixture';
import { describe, expect, test } from 'vitest';
import { drawLabel, drawPlaceholder } from './compositor-art.ts';
import { graphemes, initialsOf, labelText, shortened } from './label-text.ts';

const FAMILY = '👩‍👩‍👧‍👦';

describe('a name in a picture', () => {
  test.each([
    ['controls and line ends', 'Anna\r\n\u0000\u2028Berg', 'Anna Berg'],
    ['a right-to-left override', 'gpj.\u202etxe', 'gpj.txe'],
    ['isolates and marks of direction', '\u2067אבג\u2069\u200f', 'אבג'],
    ['letters with marks, in one piece', 'Zoe\u0308', 'Zo\u00eb'],
    ['a tower of marks', `Z${'\u0301'.repeat(60)}o`, `\u0179${'\u0301'.repeat(4)}o`],
    ['half a surrogate pair', 'A\ud83d', 'A'],
    ['joiners, which scripts and emoji need', `نامه‌ای ${FAMILY}`, `نامه‌ای ${FAMILY}`],
    ['nothing but space', ' \t ', ''],
  ])('%s', (_, name, text) => expect(labelText(name)).toBe(text));

  test('is cut between graphemes, never inside one', () => {
    const tenWide = (text: string) => graphemes(text).length <= 4;
    expect(shortened(`${FAMILY}${FAMILY}${FAMILY}${FAMILY}${FAMILY}`, tenWide)).toBe(`${FAMILY.repeat(3)}…`);
    expect(shortened('नमस्ते दुनिया', tenWide)).toBe('नमस्ते…');
    expect(shortened('Anna', tenWide)).toBe('Anna');
    expect(shortened('Annabel', () => false)).toBe('…');
  });

  test.each([
    ['Anna Berg', 'AB'],
    ['Zoë', 'Z'],
    [`${FAMILY} Kim`, `${FAMILY}K`],
    ['محمد علي', 'مع'],
    ['山田 太郎', '山太'],
    ['', ''],
  ])('%s has the initials %s', (name, initials) => expect(initialsOf(name)).toBe(initials));

  test('has an end, and costs no more the longer it is', () => {
    expect(labelText('a\u0301b\u202e\n'.repeat(100_000)).length).toBeLessThan(1000);
    const naming = (size: number) => {
      const name = '\u0301\n'.repeat(size);
      return () => void labelText(name);
    };
    expect(growth(naming, 100_000)).toBeLessThan(2.5);
  });
});

describe('a drawn label', () => {
  const inkOf = (text: string): string =>
    Buffer.from(drawLabel(text, 320, 180).planes[0].add.buffer).toString('base64');

  /** Two letters of one script: where no font has them both are the same empty box. */
  test.each([
    ['Latin', 'A', 'B'],
    ['Cyrillic', 'Ж', 'Щ'],
    ['Greek', 'Ω', 'Ψ'],
    ['Hebrew', 'א', 'ש'],
    ['Arabic', 'ع', 'ق'],
    ['Devanagari', 'क', 'ह'],
    ['Thai', 'ก', 'ฮ'],
    ['Han', '漢', '語'],
    ['Kana', 'ね', 'ぬ'],
    ['Hangul', '한', '글'],
    ['emoji', '😀', '🚀'],
  ])('has letters of %s', (script, one, other) => {
    if (inkOf(one) === inkOf(other))
      return console.warn(
        `skipped: no font with ${script} here (Debian: fonts-noto, fonts-noto-cjk, fonts-noto-color-emoji)`,
      );
    expect(inkOf(one)).not.toBe(inkOf('\u{10fffd}'));
    expect(inkOf(one)).not.toBe(inkOf(' '));
  });

  test('joins Arabic letters and writes them from the right', () => {
    // The same letters apart: were they not joined, the two would be as wide.
    const [joined, apart] = [
      drawLabel('ببب', 640, 360).width,
      drawLabel('ب ب ب'.replaceAll(' ', '\u200c'), 640, 360).width,
    ];
    if (inkOf('ع') === inkOf('ق')) return console.warn('skipped: no font with Arabic here');
    expect(joined).toBeLessThan(apart);
    expect(inkOf('אב')).not.toBe(inkOf('בא'));
  });

  test.each(['', '…', 'x'.repeat(5000), FAMILY.repeat(50), '\u202e\u202e', 'Z\u0301'.repeat(2000)])(
    'stays inside its tile whatever the name is (%#)',
    (name) => {
      for (const [width, height] of [
        [90, 50],
        [160, 90],
        [640, 360],
      ] as const) {
        const label = drawLabel(name, width, height);
        expect(label.width).toBeLessThanOrEqual(width);
        expect(label.height).toBeLessThanOrEqual(height);
        expect(drawPlaceholder(width, height, name).length).toBe((width * height * 3) / 2);
      }
    },
  );
});
