import { SABOTAGE_KINDS } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { formatSabotage, parseSabotage, SABOTAGES } from './sabotage.ts';

describe('a sabotage on the command line', () => {
  it.each([
    ['skype:freeze', { participant: 'skype', kind: 'freeze' }],
    ['skype:delay=300ms', { participant: 'skype', kind: 'delay', amount: 300 }],
    ['lync-mobile:loss=10%', { participant: 'lync-mobile', kind: 'loss', amount: 0.1 }],
    ['room:h264-after-reinvite', { participant: 'room', kind: 'h264-after-reinvite' }],
    ['room:freeze@5s', { participant: 'room', kind: 'freeze', fromMs: 5000 }],
    ['room:freeze@5s-7s', { participant: 'room', kind: 'freeze', fromMs: 5000, untilMs: 7000 }],
    ['room:delay=200ms@7.5s', { participant: 'room', kind: 'delay', amount: 200, fromMs: 7500 }],
    ['room:lipsync', { participant: 'room', kind: 'lipsync', amount: 250 }],
  ])('%s', (text, expected) => {
    expect(parseSabotage(text)).toEqual({ ok: true, value: expected });
  });

  it.each(['skype:freeze', 'room:delay=200ms@7.5s-9s', 'room:loss=10%', 'room:mute@3s'])(
    '%s is written as read',
    (text) => {
      const parsed = parseSabotage(text);
      expect(parsed.ok && formatSabotage(parsed.value)).toBe(text);
    },
  );

  it.each([
    'freeze',
    'skype:explode',
    'skype:freeze=1',
    'skype:loss=10ms',
    'skype:delay=10%',
    'skype:delay=x',
    ':mute',
    'a b:mute',
    'room:one-way@3s',
    'room:loss=10%@3s',
    'room:freeze@3',
  ])('%s is refused with a reason', (text) => {
    const parsed = parseSabotage(text);
    expect(parsed.ok).toBe(false);
    expect(!parsed.ok && parsed.error).toContain(text);
  });

  it('has a row, and a rule that catches it, for every kind', () => {
    expect(Object.keys(SABOTAGES).sort()).toEqual([...SABOTAGE_KINDS].sort());
  });
});
