import { cover, modelOf, nameRows } from '@plugfest/covering';
import { describe, expect, test } from 'vitest';
import { BRIDGE_CAPABILITIES, CAPABILITIES, type Capabilities } from './capabilities.ts';
import { FEDERATED_PROFILES } from './federated/profile.ts';
import { declaredImpossible, declaredOnly, lacking } from './join.ts';
import { chosenFrom } from './sip-room/room-choice.ts';
import { ROOM_PROFILES } from './sip-room/room-profile.ts';
import { undeclaredButWorking } from './undeclared.ts';

describe('who can meet', () => {
  test('every profile shares transport, keying, IP version and codecs with the bridge', () => {
    for (const one of Object.values(CAPABILITIES)) expect(lacking(one, BRIDGE_CAPABILITIES)).toEqual([]);
  });

  test('what is lacking is named', () => {
    expect(lacking(CAPABILITIES.wrtc, CAPABILITIES['generic-sip-room'])).toEqual([
      'transports: WS against UDP',
      'keying: DTLS-SRTP against none, SDES',
    ]);
  });

  test('codecs of one name meet only where their parameters do', () => {
    const of = (mode: string): Capabilities => ({
      ...CAPABILITIES['generic-sip-room'],
      video: [{ name: 'h264', fmtp: { 'packetization-mode': [mode] } }],
    });
    expect(lacking(of('0'), of('1'))).toEqual(['video: h264 packetization-mode=0 against h264 packetization-mode=1']);
    expect(lacking(of('0'), CAPABILITIES['generic-sip-room'])).toEqual([]);
  });
});

describe('manifests say what the profiles offer', () => {
  const rooms = Object.entries(ROOM_PROFILES);

  test.each(rooms)(
    '%s: transport, and each declared audio codec and packetization mode can be offered',
    (name, profile) => {
      const manifest: Capabilities = CAPABILITIES[name as keyof typeof CAPABILITIES];
      expect(manifest.transports).toEqual([(profile.transport ?? 'udp').toUpperCase()]);
      for (const codec of manifest.audio) expect(() => chosenFrom(profile, { audio: codec.name })).not.toThrow();
      const modes = manifest.video.flatMap(({ fmtp }) => fmtp?.['packetization-mode'] ?? []);
      for (const mode of modes)
        expect(() => chosenFrom(profile, { packetizationMode: mode === '0' ? 0 : 1 })).not.toThrow();
      expect(manifest.content.length > 0).toBe(profile.sections.some(({ protocol }) => protocol === 'UDP/BFCP'));
    },
  );

  test.each(Object.entries(FEDERATED_PROFILES))('%s: what plays here is what is declared', (name, profile) => {
    const manifest: Capabilities = CAPABILITIES[name as keyof typeof CAPABILITIES];
    const played = (rows: typeof profile.audio): string[] =>
      rows.flatMap(({ rtpmap, plays }) =>
        plays && plays !== 'telephone-event' ? [rtpmap.split('/')[0] as string] : [],
      );
    expect(manifest.audio.map((codec) => codec.name)).toEqual(played(profile.audio));
    expect(manifest.video.map((codec) => codec.name)).toEqual(played(profile.video));
  });
});

test('undeclared but working is a finding', () => {
  const seen = { audioCodec: 'opus', videoCodec: 'h264', held: true };
  expect(undeclaredButWorking('room', CAPABILITIES['generic-sip-room'], seen)).toEqual([
    'room does not declare audio opus, and does it',
  ]);
  expect(undeclaredButWorking('client', CAPABILITIES.wrtc, seen)).toEqual([
    'client does not declare hold, and does it',
  ]);
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

test('nobody is asked for what it does not declare', () => {
  const cast = { room: CAPABILITIES['generic-sip-room'], wrtc: CAPABILITIES.wrtc };
  const constraints = declaredOnly('who', cast, 'offer', {
    once: () => true,
    held: ({ hold }) => hold,
  });
  const model = modelOf({ who: ['room', 'wrtc'], offer: ['once', 'held'] }, constraints);
  const result = cover(model, { strength: 2 });
  if (!result.ok) throw new Error(result.error);
  const met = nameRows(model, result.value.rows).map(({ who, offer }) => `${who} ${offer}`);
  expect(met.sort()).toEqual(['room held', 'room once', 'wrtc once']);
});
