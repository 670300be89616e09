import { SABOTAGE_KINDS } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { parseSabotage, SABOTAGES } from './sabotage.ts';

describe('a sabotage on the command line', () => {
  it.each([
    ['skype:freeze', { participant: 'skype', kind: 'freeze' }],
    ['skype:delay=300ms', { participant: 'skype', kind: 'delay', amount: 300 }],
    ['lync-mobile:loss=10%', { participant: 'lync-mobile', kind: 'loss', amount: 0.1 }],
    ['room:h264-after-reinvite', { participant: 'room', kind: 'h264-after-reinvite' }],
    ['room:lipsync', { participant: 'room', kind: 'lipsync', amount: 250 }],
  ])('%s', (text, expected) => {
    expect(parseSabotage(text)).toEqual({ ok: true, value: expected });
  });

  it.each([
    'freeze',
    'skype:explode',
    'skype:freeze=1',
    'skype:loss=10ms',
    'skype:delay=10%',
    'skype:delay=x',
    ':mute',
    'a b:mute',
  ])('%s is refused with a reason', (text) => {
    const parsed = parseSabotage(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.error).toContain(text);
  });

  it('has a row, and a rule that catches it, for every kind', () => {
    expect(Object.keys(SABOTAGES).sort()).toEqual([...SABOTAGE_KINDS].sort());
  });
});
