import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@plugfest/model';
import { answerOffer, FULL_CAPABILITIES, formatSdp, parseSdp } from '@plugfest/sdp';
import { afterAll, describe, expect, test } from 'vitest';
import { formatRoomOffer } from '../sip-room/room-offer.ts';
import { ROOM_PROFILES, type RoomProfile } from '../sip-room/room-profile.ts';
import { iceCredentials } from './ice-part.ts';
import { formatOffer, formatOfferBody, type OfferBody } from './offer.ts';
import { FEDERATED_PROFILES, type FederatedProfile } from './profile.ts';

const hasTshark = ((): boolean => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    execFileSync('text2pcap', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('skipped: no tshark here; install it with: sudo apt install tshark');
    return false;
  }
})();

const directory = mkdtempSync(join(tmpdir(), 'plugfest-offers-'));
afterAll(() => rmSync(directory, { recursive: true }));

const KEY = Buffer.alloc(30, 9).toString('base64');

/** An INVITE over TCP with the body; fields of its descriptions as tshark reads them, a line each. */
function dissected(offer: OfferBody, ...fields: string[]): string[] {
  return fieldsOf('INVITE sip:room@conference.example SIP/2.0', offer, fields);
}

/** A message with that first line. */
function fieldsOf(startLine: string, { contentType, body }: OfferBody, fields: readonly string[]): string[] {
  const message = [
    startLine,
    'Via: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK1',
    'From: <sip:anna@corp.example>;tag=1',
    'To: <sip:room@conference.example>',
    'Call-ID: 1@corp.example',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Contact: <sip:anna@127.0.0.1>',
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body, 'latin1')}`,
    '',
    body,
  ].join('\r\n');
  const [hex, capture] = [join(directory, 'invite.txt'), join(directory, 'invite.pcap')];
  const octets = [...Buffer.from(message, 'latin1')].map((octet) => octet.toString(16).padStart(2, '0'));
  writeFileSync(hex, `000000 ${octets.join(' ')}\n`);
  execFileSync('text2pcap', ['-q', '-T', '5060,5060', hex, capture], { stdio: 'ignore' });
  const options = ['-r', capture, '-T', 'fields', '-E', 'separator=\n', '-E', 'aggregator=\t'];
  const asked = ['_ws.malformed', 'sip.CSeq.method', ...fields].flatMap((field) => ['-e', field]);
  const text = execFileSync('tshark', [...options, ...asked], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [malformed, method, ...values] = text.split('\n');
  expect([malformed, method]).toEqual(['', 'INVITE']);
  return values.slice(0, fields.length);
}

interface LyncOffer {
  readonly profile: FederatedProfile;
  /** The description without what surrounds it. */
  readonly sdp: string;
  readonly body: OfferBody;
}

function lyncOffer(name: string): LyncOffer {
  const profile = FEDERATED_PROFILES[name] as FederatedProfile;
  const line = (rtpPort: number) => ({ rtpPort, rtcpPort: rtpPort + 1, ssrc: 7, sdesKey: KEY });
  const sdp = formatOffer(profile, { address: '127.0.0.1', sessionId: 1, audio: line(4000), video: line(4002) });
  const random = seededRandom(1);
  const credentials = profile.ice ? [iceCredentials(random), iceCredentials(random)] : [];
  return { profile, sdp, body: formatOfferBody(profile, sdp, { random, credentials }) };
}

describe.skipIf(!hasTshark)('tshark finds in our offers what we meant', () => {
  test.each(Object.keys(FEDERATED_PROFILES))('%s: m-lines, codecs, keys', (name) => {
    const { profile, body } = lyncOffer(name);
    const [media = '', types = '', tags = '', suites = '', keys = '', salts = '', identifiers = ''] = dissected(
      body,
      'sdp.media',
      'sdp.mime.type',
      'sdp.crypto.tag',
      'sdp.crypto.crypto_suite',
      'sdp.crypto.master_key',
      'sdp.crypto.master_salt',
      'sdp.crypto.mki-valu',
    );
    const parts = profile.body === 'plain' ? 1 : 2;
    const line = (kind: string, port: number, rows: FederatedProfile['audio']): string =>
      `${kind} ${port} RTP/SAVP ${rows.map(({ payloadType }) => payloadType).join(' ')}`;
    const lines = [line('audio', 4000, profile.audio), line('video', 4002, profile.video)];
    expect(media.split('\t')).toEqual(Array(parts).fill(lines).flat());
    const named = [...profile.audio, ...profile.video].map(({ rtpmap }) => rtpmap.split('/')[0]);
    expect(types.split('\t')).toEqual(Array(parts).fill(named).flat());
    const said = profile.keys.flatMap((row, at) => (row === 'cryptoscale' ? [] : [{ row, tag: `${at + 1}` }]));
    const ofEach = (values: readonly string[]): string[] =>
      Array(parts * 2)
        .fill(values)
        .flat();
    expect(tags.split('\t')).toEqual(ofEach(said.map(({ tag }) => tag)));
    expect(suites.split('\t')).toEqual(ofEach(said.map(() => 'AES_CM_128_HMAC_SHA1_80')));
    expect(keys.replaceAll(':', '').split('\t')).toEqual(ofEach(said.map(() => '09'.repeat(16))));
    expect(salts.replaceAll(':', '').split('\t')).toEqual(ofEach(said.map(() => '09'.repeat(14))));
    const identified = ofEach(said.flatMap(({ row }) => (row === 'mki' ? ['1'] : [])));
    expect(identifiers === '' ? [] : identifiers.split('\t')).toEqual(identified);
  });

  test.each(Object.keys(FEDERATED_PROFILES))(
    '%s: the keys of the answer, each under the tag of an offered one',
    (name) => {
      const { profile, sdp } = lyncOffer(name);
      const offer = parseSdp(sdp);
      if (!offer.ok) throw new Error(JSON.stringify(offer.error));
      const sdes = { key: Buffer.alloc(16, 7), salt: Buffer.alloc(14, 8) };
      const line = (kind: 'audio' | 'video', rtpPort: number) => ({ kind, rtpPort, sdes });
      const local = { origin: { sessionId: '2', sessionVersion: 0 }, address: '127.0.0.1' };
      const answered = answerOffer(offer.value, FULL_CAPABILITIES, {
        ...local,
        media: [line('audio', 5000), line('video', 5002)],
      });
      if (!answered.ok) throw new Error(JSON.stringify(answered.error));
      const body = { contentType: 'application/sdp', body: formatSdp(answered.value.answer) };
      const fields = ['tag', 'crypto_suite', 'master_key', 'master_salt'].map((field) => `sdp.crypto.${field}`);
      const values = fieldsOf('SIP/2.0 200 OK', body, ['sdp.media', ...fields]);
      const [media, tags, suites, keys, salts] = values.map((value) => value.replaceAll(':', '').split('\t'));
      expect(media?.map((value) => value.split(' ').slice(0, 3).join(' '))).toEqual([
        'audio 5000 RTP/SAVP',
        'video 5002 RTP/SAVP',
      ]);
      const standard = profile.keys.flatMap((row, at) => (row === 'cryptoscale' ? [] : [`${at + 1}`]));
      expect(tags).toHaveLength(2);
      for (const tag of tags ?? []) expect(standard).toContain(tag);
      expect(suites).toEqual(Array(2).fill('AES_CM_128_HMAC_SHA1_80'));
      expect([keys, salts]).toEqual([Array(2).fill('07'.repeat(16)), Array(2).fill('08'.repeat(14))]);
      // And theirs, as tshark read it above, is what we decrypt with.
      for (const { crypto } of answered.value.media) {
        expect(Buffer.concat([crypto?.remote.key ?? Buffer.of(), crypto?.remote.salt ?? Buffer.of()])).toEqual(
          Buffer.alloc(30, 9),
        );
      }
    },
  );

  test('the candidates of today’s part, and none in the older one', () => {
    const [candidates = ''] = dissected(lyncOffer('lync-2013-desktop').body, 'sdp.media_attr');
    const values = candidates.split('\t').filter((value) => value.startsWith('candidate:'));
    expect(values.filter((value) => / UDP 0\.830 /.test(value))).toHaveLength(4);
    expect(values.filter((value) => / typ (host|srflx)/.test(value))).toHaveLength(8);
  });

  test.each(['cisco-telepresence', 'tc7', 'ce9', 'mxp', 'polycom', 'polycom-hdx'])(
    '%s: m-lines in their order',
    (name) => {
      const profile = ROOM_PROFILES[name] as RoomProfile;
      const body = formatRoomOffer(profile, {
        address: '127.0.0.1',
        sessionId: 1,
        ports: profile.sections.map((_, at) => 4000 + 2 * at),
        keys: profile.sections.map(() => KEY),
        encoders: new Set(['libopus']),
      });
      const [media = ''] = dissected({ contentType: 'application/sdp', body }, 'sdp.media');
      const meant = profile.sections.map(({ kind, protocol, codecs }, at) => {
        const formats = codecs.length === 0 ? '*' : codecs.map(({ payloadType }) => payloadType).join(' ');
        return `${kind} ${4000 + 2 * at} ${protocol} ${formats}`;
      });
      expect(media.split('\t')).toEqual(meant);
    },
  );
});
