import { describe, expect, test } from 'vitest';
import type { AnnouncedView } from './run-facts.ts';
import { ViewChangeWatch } from './view-change-watch.ts';

const view = (fromMs: number, seats: (string | null)[], layout: AnnouncedView['layout'] = 'one-plus-five') => ({
  fromUs: fromMs * 1000,
  layout,
  seats,
});
/** Shows a picture each 40 ms; `shown` says who is in the seats from when on. */
function watch(views: AnnouncedView[], shown: AnnouncedView[], untilMs = 2000) {
  const watcher = new ViewChangeWatch(views);
  for (let ms = 0; ms < untilMs; ms += 40) {
    const now = shown.findLast(({ fromUs }) => fromUs <= ms * 1000);
    if (now)
      watcher.look(
        ms * 1000,
        now.layout,
        now.seats.map((id) => id ?? undefined),
      );
  }
  return watcher.changes.map(({ participant, seat, waitMs }) => [participant, seat, waitMs]);
}

describe('ViewChangeWatch', () => {
  test('a speaker’s switch: who changes places waits, who stays does not', () => {
    const views = [view(0, ['a', 'b', 'c']), view(1000, ['b', 'a', 'c'])];
    const shown = [view(100, ['a', 'b', 'c']), view(1390, ['b', 'a', 'c'])];
    expect(watch(views, shown)).toEqual([
      ['a', 0, 120],
      ['b', 1, 120],
      ['c', 2, 120],
      ['b', 0, 400],
      ['a', 1, 400],
    ]);
  });

  test('another layout is a change of every seat, and is seen only in that layout', () => {
    const views = [view(0, ['a', 'b']), view(1000, ['a', 'b'], 'equal-2x2')];
    expect(watch(views, [view(0, ['a', 'b']), view(1200, ['a', 'b'], 'equal-2x2')])).toEqual([
      ['a', 0, 0],
      ['b', 1, 0],
      ['a', 0, 200],
      ['b', 1, 200],
    ]);
  });

  test('what is announced away before it was seen was never seen; what is announced again is no change', () => {
    const views = [view(0, ['a']), view(200, ['b']), view(400, ['a']), view(600, ['a', 'c'])];
    expect(watch(views, [view(0, ['a']), view(800, ['a', 'c'])])).toEqual([
      ['a', 0, 0],
      ['b', 0, null],
      ['a', 0, 0],
      ['c', 1, 200],
    ]);
  });
});
