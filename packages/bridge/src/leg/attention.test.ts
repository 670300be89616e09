import { describe, expect, it } from 'vitest';
import { Attention } from './attention.ts';

const PICTURE = { keyFrame: false };
const KEY_FRAME = { keyFrame: true };
const SECOND_US = 1_000_000;

describe('attention', () => {
  it('is there from the beginning: a picture is ready when somebody comes', () => {
    const attention = new Attention();
    expect(attention.turnsAway(0)).toBe(false);
    expect(attention.takes(PICTURE)).toBe(true);
  });

  it('ends once, when nobody has looked for three seconds', () => {
    const attention = new Attention();
    attention.look(SECOND_US);
    expect(attention.turnsAway(3.9 * SECOND_US)).toBe(false);
    expect(attention.turnsAway(4 * SECOND_US)).toBe(true);
    expect(attention.turnsAway(5 * SECOND_US)).toBe(false);
    expect([attention.isWatched, attention.takes(PICTURE), attention.takes(KEY_FRAME)]).toEqual([false, false, false]);
  });

  it('comes back with a key frame, and asks for it until it is there', () => {
    const attention = new Attention();
    attention.look(0);
    attention.turnsAway(3 * SECOND_US);
    expect(attention.look(4 * SECOND_US)).toBe(true);
    expect(attention.takes(PICTURE)).toBe(false);
    expect(attention.look(4.1 * SECOND_US)).toBe(true);
    expect(attention.takes(KEY_FRAME)).toBe(true);
    expect(attention.look(4.2 * SECOND_US)).toBe(false);
    expect(attention.takes(PICTURE)).toBe(true);
  });
});
