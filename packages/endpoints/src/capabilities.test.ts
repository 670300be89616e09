import { cover, modelOf, nameRows } from '@plugfest/covering';
import { describe, expect, test } from 'vitest';
import { BRIDGE_CAPABILITIES, CAPABILITIES, type Capabilities, declaredImpossible, lacking } from './capabilities.ts';

describe('who can meet', () => {
  test('every profile shares a transport, a keying and a video codec with the bridge', () => {
    for (const one of Object.values(CAPABILITIES)) expect(lacking(one, BRIDGE_CAPABILITIES)).toEqual([]);
  });

  test('what is lacking is named', () => {
    expect(lacking(CAPABILITIES.wrtc, CAPABILITIES['generic-sip-room'])).toEqual([
      'transports: WS against UDP',
      'keying: DTLS-SRTP against none',
    ]);
  });
});

test('a matrix leaves out what the manifests make impossible, and nothing else', () => {
  const cast: Record<string, Capabilities> = {
    room: CAPABILITIES['generic-sip-room'],
    skype: CAPABILITIES['skype-desktop'],
    chromium: CAPABILITIES.chromium,
    firefox: CAPABILITIES.firefox,
    stranger: { ...CAPABILITIES.wrtc, keying: [] },
  };
  const names = Object.keys(cast);
  const constraints = declaredImpossible(['first', 'second'], cast, BRIDGE_CAPABILITIES);
  const model = modelOf({ first: names, second: names }, constraints);
  const result = cover(model, { strength: 2 });
  if (!result.ok) throw new Error(result.error);
  const met = nameRows(model, result.value.rows).map(({ first, second }) => `${first}+${second}`);
  const possible = names
    .flatMap((first) => names.map((second) => `${first}+${second}`))
    .filter((pair) => !/stranger|skype\+skype|(chromium|firefox)\+(chromium|firefox)/.test(pair));
  expect(met.sort()).toEqual(possible.sort());
});
