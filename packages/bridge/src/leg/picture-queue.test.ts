import { describe, expect, test } from 'vitest';
import { PictureQueue } from './picture-queue.ts';

const PERIOD_US = 66_667;

class Picture {
  readonly number: number;
  released = 0;
  constructor(number: number) {
    this.number = number;
  }
  release(): void {
    this.released++;
  }
}

/** Shows pictures that arrive at those times, in periods, at ticks 1, 2, 3 … */
function show(arrivals: readonly number[], ticks: number): { shown: (number | undefined)[]; pictures: Picture[] } {
  const queue = new PictureQueue<Picture>();
  const pictures = arrivals.map((_, n) => new Picture(n));
  const shown: (number | undefined)[] = [];
  let next = 0;
  for (let tick = 1; tick <= ticks; tick++) {
    for (; next < arrivals.length && (arrivals[next] as number) <= tick; next++) {
      queue.push(pictures[next] as Picture, (arrivals[next] as number) * PERIOD_US);
    }
    queue.tick(tick * PERIOD_US, PERIOD_US);
    shown.push(queue.current?.number);
  }
  queue.clear();
  return { shown, pictures };
}

describe('the picture of a tick', () => {
  test('is the one that came before it, without further delay', () => {
    const { shown } = show([0.5, 1.5, 2.5, 3.5], 4);
    expect(shown).toEqual([0, 1, 2, 3]);
  });

  test('where pictures come with jitter just when it ticks, each is shown once', () => {
    const arrivals = Array.from({ length: 40 }, (_, n) => n + 1 + (n % 2 === 0 ? -0.1 : 0.1));
    const { shown } = show(arrivals, 40);
    expect(shown.slice(2)).toEqual(Array.from({ length: 38 }, (_, n) => n + 1));
  });

  test('of a source of twice the rate is never older than one and a half ticks', () => {
    const arrivals = Array.from({ length: 80 }, (_, n) => (n + 1) / 2 + 0.2);
    const { shown } = show(arrivals, 40);
    const ages = shown.slice(4).map((number, at) => at + 5 - (arrivals[number ?? 0] as number));
    expect(Math.max(...ages)).toBeLessThanOrEqual(1.5);
  });

  test('stays where nothing new came', () => {
    expect(show([0.5], 3).shown).toEqual([0, 0, 0]);
  });

  test('every picture’s memory is given back once', () => {
    const arrivals = Array.from({ length: 200 }, (_, n) => n / 7);
    for (const { released } of show(arrivals, 20).pictures.slice(0, 140)) expect(released).toBe(1);
  });
});
