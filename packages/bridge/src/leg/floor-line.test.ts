import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatSdp, type MediaDescription, parseSdp, type SessionDescription } from '@plugfest/sdp';
import { describe, expect, test } from 'vitest';
import { agreeOnFloor, floorAnswer } from './floor-line.ts';

const IDENTITY = { conferenceId: 1, userId: 7, floorId: 1, label: '3' };
const HEAD = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];

function offered(...lines: readonly string[]): SessionDescription {
  const parsed = parseSdp(`${[...HEAD, ...lines].join('\r\n')}\r\n`);
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

const UDP = 'm=application 5070 UDP/BFCP *';
const TCP = 'm=application 5070 TCP/BFCP *';

describe('a floor is agreed on', () => {
  test.each<[string, readonly string[], object]>([
    ['over UDP, a client where nothing is said', [UDP], { transport: 'udp', remote: { port: 5070 } }],
    ['with who may be either', [UDP, 'a=floorctrl:c-only s-only'], { transport: 'udp' }],
    ['with who may be both at once', [UDP, 'a=floorctrl:c-s'], { transport: 'udp' }],
    ['over TCP that the peer opens', [TCP, 'a=setup:active'], { transport: 'tcp', setup: 'passive' }],
    ['over TCP that it leaves to us who opens', [TCP, 'a=setup:actpass'], { setup: 'passive' }],
    ['over TCP that the peer waits for', [TCP, 'a=setup:passive'], { setup: 'active' }],
    ['in the version of its transport', [UDP, 'a=bfcpver:1 2'], { transport: 'udp' }],
    [
      'at the m-line’s own address',
      ['m=audio 4000 RTP/AVP 0', UDP, 'c=IN IP6 ::1'],
      { index: 1, remote: { address: '::1', port: 5070 } },
    ],
    ['on the second where the first is switched off', [UDP.replace('5070', '0'), TCP], { index: 1, transport: 'tcp' }],
  ])('%s', (_, lines, agreement) => expect(agreeOnFloor(offered(...lines))).toMatchObject(agreement));

  test.each<[string, readonly string[]]>([
    ['with a server', [UDP, 'a=floorctrl:s-only']],
    ['in a version that its transport cannot have', [UDP, 'a=bfcpver:1']],
    ['on a line that is switched off', [UDP.replace('5070', '0')]],
    ['whose connection is held', [TCP, 'a=setup:holdconn']],
    ['at a name', [UDP, 'c=IN IP4 room.example']],
    ['at nowhere', [UDP, 'c=IN IP4 0.0.0.0']],
    ['at a group', [UDP, 'c=IN IP4 224.0.0.1']],
    ['on a line of another kind', ['m=audio 5070 UDP/BFCP *']],
    ['without any', ['m=audio 4000 RTP/AVP 0']],
  ])('never %s', (_, lines) => expect(agreeOnFloor(offered(...lines))).toBeUndefined());

  test('and the answer says whose, in its place', () => {
    const offer = offered('m=audio 4000 RTP/AVP 0', TCP, 'a=mid:x', 'a=setup:actpass', 'a=bfcpver:1 2');
    const agreement = agreeOnFloor(offer);
    if (!agreement) throw new Error('not agreed');
    const line = floorAnswer(offer.media[1] as MediaDescription, agreement, 6000, IDENTITY);
    const text = formatSdp({ ...offer, media: [line] });
    expect(text.slice(text.indexOf('m=')).trim().split('\r\n')).toEqual([
      ...['m=application 6000 TCP/BFCP *', 'a=mid:x', 'a=setup:passive', 'a=connection:new', 'a=floorctrl:s-only'],
      ...['a=confid:1', 'a=userid:7', 'a=floorid:1 mstrm:3', 'a=bfcpver:1'],
    ]);
  });
});

/** @see RFC 8856 §11: all of its examples are over TLS or DTLS, which this bridge refuses in place. */
const FRAGMENTS = join(import.meta.dirname, '../../../../../shared/data/sdp/fragments');
const isThere = existsSync(FRAGMENTS);
if (!isThere) console.warn('skipped, the examples of RFC 8856: no shared data here');
test.skipIf(!isThere).each(['01-line729', '02-line754', '03-line768', '04-line787'])(
  'RFC 8856’s example %s',
  (name) => {
    const text = readFileSync(join(FRAGMENTS, `rfc8856-${name}.sdp`), 'utf8');
    const example = offered(...text.trim().split(/\r?\n/));
    expect(agreeOnFloor(example)).toBeUndefined();
    const plain = example.media.map((media) => ({ ...media, protocol: media.protocol.replace('/TLS/', '/') }));
    const agreement = agreeOnFloor({ ...example, media: plain });
    const isServer = name === '04-line787';
    expect(agreement?.index).toBe(isServer ? undefined : 0);
  },
);
