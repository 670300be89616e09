import { answerOffer, applyAnswer, attributes, FULL_CAPABILITIES, formatSdp, parseSdp } from '@plugfest/sdp';
import { describe, expect, test } from 'vitest';
import { formatRoomOffer } from './room-offer.ts';
import { ROOM_PROFILES, type RoomProfile } from './room-profile.ts';

const SDES = { key: new Uint8Array(16).fill(1), salt: new Uint8Array(14).fill(2) };
const KEY = Buffer.alloc(30, 7).toString('base64');

function offerOf(name: string): string {
  const profile = ROOM_PROFILES[name] as RoomProfile;
  return formatRoomOffer(profile, {
    address: '127.0.0.1',
    sessionId: 1,
    ports: profile.sections.map((_, at) => 4000 + 2 * at),
    keys: profile.sections.map(() => KEY),
    encoders: new Set(['libopus']),
  });
}

/** Answers as a bridge with slides does; the room takes the answer. */
function answered(name: string, bestEffortCrypto = false) {
  const offer = parseSdp(offerOf(name));
  if (!offer.ok) throw new Error(offer.error.text);
  const local = { rtpPort: 5000, sdes: SDES };
  const result = answerOffer(
    offer.value,
    { ...FULL_CAPABILITIES, bestEffortCrypto },
    {
      origin: { sessionId: '1', sessionVersion: 1 },
      address: '127.0.0.2',
      media: [
        { ...local, kind: 'audio' },
        { ...local, kind: 'video' },
        { ...local, kind: 'video', content: 'slides' },
      ],
    },
  );
  if (!result.ok) throw new Error(result.error.code);
  const answer = parseSdp(formatSdp(result.value.answer));
  const taken = answer.ok ? applyAnswer(offer.value, answer.value, FULL_CAPABILITIES) : answer;
  if (!taken.ok) throw new Error(taken.error.code);
  return { offer: offer.value, answer: result.value.answer, media: taken.value };
}

const lines = (answer: ReturnType<typeof answered>['answer']): string[] =>
  answer.media.map(({ kind, port, protocol, formats }) => `${kind} ${port} ${protocol} ${formats.join(' ')}`);

describe('a room by its row', () => {
  test('tc7: H.264 in both modes, the second stream; floor, camera and iX refused in their places by who has none', () => {
    const { answer, media } = answered('tc7');
    expect(lines(answer)).toEqual([
      'audio 5000 RTP/AVP 9 101',
      'video 5000 RTP/AVP 126',
      'application 0 UDP/BFCP *',
      'video 5000 RTP/AVP 126',
      'application 0 RTP/AVP 100',
      'application 0 UDP/UDT/IX *',
    ]);
    expect(media.map(({ content }) => content)).toEqual([undefined, undefined, 'slides']);
    expect(media[1]?.codec.h264).toMatchObject({ packetizationMode: 1 });
  });

  test('ce9: Opus first, and repair packets that nobody has to know', () => {
    const { offer, answer } = answered('ce9');
    expect(offer.media[0]?.formats).toEqual(['114', '107', '112', '113', '9', '8', '0', '18', '101', '123']);
    expect(lines(answer)[0]).toBe('audio 5000 RTP/AVP 114 101');
  });

  test('mxp: five digits of profile, no mode, and sound without anything new', () => {
    const { answer, media } = answered('mxp');
    expect(lines(answer)).toEqual(['audio 5000 RTP/AVP 9 101', 'video 5000 RTP/AVP 97', 'application 0 RTP/AVP 100']);
    expect(media[1]?.codec.h264).toMatchObject({ packetizationMode: 0 });
  });

  test('polycom: spaces between parameters are none of the values', () => {
    const { answer, media } = answered('polycom');
    expect(lines(answer)[1]).toBe('video 5000 RTP/AVP 110');
    expect(media[1]?.codec.h264).toMatchObject({ packetizationMode: 1, profile: 'baseline' });
  });

  test('polycom-hdx: no fragments, and the floor under the name of RFC 8856', () => {
    const { offer, answer, media } = answered('polycom-hdx');
    expect(lines(answer)[1]).toBe('video 5000 RTP/AVP 109');
    expect(media[1]?.codec.h264).toMatchObject({ packetizationMode: 0 });
    const floors = offer.media.map((line) => attributes(line, 'floorid').concat(attributes(line, 'floorctrl')));
    expect(floors[3]).toEqual(['1 mstrm:3', 'c-s']);
  });

  test.each(['tc7', 'ce9'])(
    '%s: keys with media in the clear, taken by who wants to and passed over by who does not',
    (name) => {
      const { offer } = answered(name);
      const said = offer.media.map((media) => attributes(media, 'crypto').length);
      expect(said).toEqual([2, 2, 0, 2, 0, 0]);
      expect(answered(name).media.map(({ crypto }) => crypto !== undefined)).toEqual([false, false, false]);
      const secured = answered(name, true).media;
      expect(secured.map(({ profile, crypto }) => [profile, crypto?.remote.lifetimePackets])).toEqual(
        Array(3).fill(['RTP/AVP', 2n ** 48n]),
      );
    },
  );
});
