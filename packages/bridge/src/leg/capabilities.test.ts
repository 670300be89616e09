import { answerOffer, formatSdp, parseSdp } from '@plugfest/sdp';
import { expect, test } from 'vitest';
import { browserOffer, type Direction } from '../whip/whip-fixture.ts';
import { capabilitiesFor, type TransportCc } from './capabilities.ts';

const URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
const dtls = { fingerprint: { algorithm: 'sha-256', value: Array(32).fill('AB').join(':') } };
const ice = { ufrag: 'uuuu', pwd: 'p'.repeat(22), candidates: [] };

/** The bridge's answer to a browser that has it. */
function answerTo(direction: Direction, option: TransportCc): string {
  const offer = browserOffer(direction).replaceAll(
    /a=mid:(\d)/g,
    `a=mid:$1\r\na=extmap:4 ${URI}\r\na=rtcp-fb:* transport-cc`,
  );
  const parsed = parseSdp(offer);
  if (!parsed.ok) throw new Error(parsed.error.text);
  const media = (['audio', 'video'] as const).map((kind) => ({ kind, rtpPort: 5000, dtls, ice }));
  const local = { origin: { sessionId: '1', sessionVersion: 1 }, address: '127.0.0.1', media };
  const answered = answerOffer(parsed.value, capabilitiesFor(option, parsed.value), local);
  if (!answered.ok) throw new Error(answered.error.code);
  return formatSdp(answered.value.answer);
}

test.each<[TransportCc, Direction, boolean]>([
  ['viewers', 'recvonly', true],
  ['viewers', 'sendrecv', false],
  ['viewers', 'sendonly', false],
  ['all', 'sendrecv', true],
  ['all', 'recvonly', true],
  ['none', 'recvonly', false],
])('%s: who offers %s has it: %s', (option, direction, isAgreed) => {
  const answer = answerTo(direction, option);
  expect(answer.includes(`a=extmap:4 ${URI}`)).toBe(isAgreed);
  expect(answer.includes('transport-cc\r\n')).toBe(isAgreed);
});

test('is offered to all or to nobody', () => {
  expect((['none', 'viewers', 'all'] as const).map((option) => capabilitiesFor(option).transportCc)).toEqual([
    false,
    false,
    true,
  ]);
});
