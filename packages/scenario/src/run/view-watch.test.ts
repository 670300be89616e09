import type { RunEvent } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { addressOf, everyoneIsShown, viewFits } from './view-watch.ts';

const view = (viewer: string, seats: (string | null)[], layout = 'equal-2x2'): RunEvent => ({
  atUs: 0,
  type: 'view.changed',
  participant: viewer,
  data: { seats, layout },
});

describe('views', () => {
  it('belong to addresses whatever their case and parameters', () => {
    expect(addressOf('SIP:Anna@Corp.Example;transport=tls')).toBe('anna@corp.example');
    expect(addressOf('sips:anna@corp.example?subject=x')).toBe('anna@corp.example');
  });

  it('show everyone to everyone only when the newest of each does', () => {
    const state = everyoneIsShown(['a', 'b', 'c']);
    const good = [view('a', ['b', 'c']), view('b', ['a', 'c']), view('c', ['a', 'b'])];
    expect(state(good)).toBe(true);
    expect(state(good.slice(1))).toBe(false);
    expect(state([...good, view('a', ['b', null])])).toBe(false);
    expect(state([view('a', ['b', null]), ...good])).toBe(true);
  });

  it('fit what was asked for only when the viewer’s newest does', () => {
    const asked = viewFits('a', { layout: 'single' });
    expect(asked([view('a', ['b', null, null, null])])).toBe(false);
    expect(asked([view('a', ['b', null, null, null]), view('b', ['a'], 'single')])).toBe(false);
    expect(asked([view('a', ['b', null, null, null]), view('a', ['b'], 'single')])).toBe(true);
    const self = viewFits('a', { selfView: true });
    expect(self([view('a', ['b', null, null, null])])).toBe(false);
    expect(self([view('a', ['b', 'a', null, null])])).toBe(true);
    expect(viewFits('a', { selfView: false })([view('a', ['b', 'a', null, null])])).toBe(false);
  });
});
