import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { SrtcpSession, SrtpSession } from 'werift';
import { formatRtcpCompound } from './format-rtcp.ts';
import { formatRtp } from './rtp-packet.ts';
import { SrtpContext } from './srtp-context.ts';
import { deriveSessionKey, KEY_LABELS, type SrtpSuite } from './srtp-keys.ts';
import { CounterMode, GcmTransform } from './srtp-transform.ts';

const VECTORS = fileURLToPath(new URL('../../../../shared/data/vectors', import.meta.url));
const isMissing = !existsSync(VECTORS);
if (isMissing) console.warn(`skipped: no vectors at ${VECTORS}`);
const hex = (text: string): Buffer => Buffer.from(text, 'hex');

const SUITES: readonly SrtpSuite[] = ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_32', 'AEAD_AES_128_GCM'];
const master = (suite: SrtpSuite) => ({
  suite,
  key: hex('000102030405060708090a0b0c0d0e0f'),
  salt: hex('101112131415161718191a1b1c1d').subarray(0, suite === 'AEAD_AES_128_GCM' ? 12 : 14),
});
const rtp = (sequenceNumber: number, ssrc = 7, length = 100): Uint8Array =>
  formatRtp({
    payloadType: 96,
    marker: false,
    sequenceNumber: sequenceNumber & 0xffff,
    timestamp: sequenceNumber,
    ssrc,
    csrcs: [3, 4],
    extension: { profile: 0xbede, data: Uint8Array.of(0x10, 1, 0, 0) },
    payload: new Uint8Array(length).fill(sequenceNumber),
  });
const rtcp = (ssrc = 7): Uint8Array =>
  formatRtcpCompound([
    { type: 'receiver-report', ssrc, reports: [] },
    { type: 'goodbye', ssrcs: [ssrc] },
  ]);

interface GcmVector {
  readonly name: string;
  readonly key: string;
  readonly salt: string;
  readonly roc: number;
  readonly rtp: string;
  readonly encrypted: boolean;
  readonly protected: string;
}

describe.skipIf(isMissing)('vectors of the RFCs', () => {
  const { b2_aes_cm: b2, b3_key_derivation: b3 } = isMissing
    ? {}
    : JSON.parse(readFileSync(`${VECTORS}/rfc3711-srtp.json`, 'utf8'));

  it('RFC 3711 B.2: the key stream of AES in counter mode', () => {
    const cipher = new CounterMode(hex(b2.session_key), hex(b2.session_salt_shifted).subarray(0, 14));
    const stream = cipher.keyStream(b2.segment_octets, 0, 0);
    for (const { counter, keystream } of b2.blocks) {
      const block = Number.parseInt(counter.slice(-4), 16);
      expect(stream.subarray(block * 16, block * 16 + 16).toString('hex')).toBe(keystream);
    }
  });

  it('RFC 3711 B.3: session keys', () => {
    const from = { key: hex(b3.master_key), salt: hex(b3.master_salt) };
    const derived = (label: number, bytes: number): string => deriveSessionKey(from, label, bytes).toString('hex');
    expect(derived(KEY_LABELS.cipherKey, 16)).toBe(b3.cipher_key);
    expect(derived(KEY_LABELS.salt, 14)).toBe(b3.cipher_salt);
    expect(derived(KEY_LABELS.authenticationKey, 94)).toBe(b3.auth_key_94);
  });

  const { vectors } = isMissing
    ? { vectors: [] }
    : JSON.parse(readFileSync(`${VECTORS}/rfc7714-srtp-gcm.json`, 'utf8'));
  const gcm = (vectors as GcmVector[]).filter(({ name }) => name.includes('128') && name.startsWith('srtp-'));

  it.each(gcm)('RFC 7714: $name', ({ key, salt, roc, rtp: plain, encrypted, protected: sealed }) => {
    const packet = hex(plain);
    const transform = new GcmTransform(hex(key), hex(salt), 'rtp');
    const index = roc * 0x1_0000 + packet.readUInt16BE(2);
    const input = {
      packet,
      start: 12,
      ssrc: packet.readUInt32BE(8),
      index,
      trailer: new Uint8Array(4),
      isEncrypted: encrypted,
    };
    const out = transform.seal(input);
    const length = packet.length + 16;
    // The published text of one vector lacks its last digit; compare what is there.
    expect(Buffer.concat([out.packet, out.tag]).toString('hex').slice(0, sealed.length)).toBe(sealed);
    expect(Buffer.concat([out.packet, out.tag])).toHaveLength(length);
    expect(transform.open({ ...input, packet: out.packet }, out.tag)).toEqual(packet);
  });
});

describe.each(SUITES)('%s', (suite) => {
  it('gives back what it was given, and hides it in between', () => {
    const [sender, receiver] = [new SrtpContext(master(suite)), new SrtpContext(master(suite))];
    for (const length of [0, 1, 15, 16, 17, 1200, 9000]) {
      const packet = rtp(length, 7, length);
      const sealed = sender.protectRtp(packet);
      if (length > 15) expect(Buffer.from(sealed).includes(Buffer.from(packet.subarray(-16)))).toBe(false);
      expect(receiver.unprotectRtp(sealed)).toEqual({ ok: true, value: expect.anything() });
      const again = new SrtpContext(master(suite)).unprotectRtp(sealed);
      expect(again.ok && Buffer.from(again.value).equals(packet)).toBe(true);
    }
    const sealed = sender.protectRtcp(rtcp());
    const opened = receiver.unprotectRtcp(sealed);
    expect(opened.ok && Buffer.from(opened.value).equals(rtcp())).toBe(true);
  });

  it('refuses every single bit that was turned, and every cut', () => {
    const sender = new SrtpContext(master(suite));
    const receiver = new SrtpContext(master(suite));
    for (const [sealed, open] of [
      [sender.protectRtp(rtp(1, 7, 20)), (bytes: Uint8Array) => receiver.unprotectRtp(bytes)],
      [sender.protectRtcp(rtcp()), (bytes: Uint8Array) => receiver.unprotectRtcp(bytes)],
    ] as const) {
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const bad = Uint8Array.from(sealed);
        bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(open(bad).ok).toBe(false);
      }
      for (let length = 0; length < sealed.length; length++) expect(open(sealed.subarray(0, length)).ok).toBe(false);
      expect(open(sealed).ok).toBe(true);
    }
  });

  it('carries an MKI, and refuses another', () => {
    const withMki = { ...master(suite), mki: { value: 258, lengthBytes: 4 } };
    const [sender, receiver] = [new SrtpContext(withMki), new SrtpContext(withMki)];
    const sealed = sender.protectRtp(rtp(1));
    expect(Buffer.from(sealed).includes(Buffer.from([0, 0, 1, 2]))).toBe(true);
    expect(receiver.unprotectRtp(sealed).ok).toBe(true);
    expect(receiver.unprotectRtcp(sender.protectRtcp(rtcp())).ok).toBe(true);
    const other = new SrtpContext({ ...withMki, mki: { value: 259, lengthBytes: 4 } });
    expect(other.unprotectRtp(sealed)).toEqual({ ok: false, error: 'wrong-mki' });
  });
});

describe('roll-over and replay', () => {
  const suite = 'AES_CM_128_HMAC_SHA1_80';

  it('goes over 65535 several times, also when packets come in another order', () => {
    const [sender, receiver] = [new SrtpContext(master(suite)), new SrtpContext(master(suite))];
    for (let at = 65_000; at < 200_000; at += 100) {
      const [first, second] = [sender.protectRtp(rtp(at)), sender.protectRtp(rtp(at + 50))];
      expect(receiver.unprotectRtp(second).ok).toBe(true);
      expect(receiver.unprotectRtp(first).ok).toBe(true);
    }
  });

  it('refuses replays, also far back, and what is older than the window', () => {
    const [sender, receiver] = [new SrtpContext(master(suite)), new SrtpContext(master(suite))];
    const sealed = Array.from({ length: 2000 }, (_, at) => sender.protectRtp(rtp(at + 1)));
    const opened = sealed.filter((packet, at) => at !== 5 && receiver.unprotectRtp(packet).ok);
    expect(opened).toHaveLength(1999);
    expect(receiver.unprotectRtp(sealed[1990] as Uint8Array)).toEqual({ ok: false, error: 'replayed' });
    expect(receiver.unprotectRtp(sealed[5] as Uint8Array)).toEqual({ ok: false, error: 'too-old' });
    expect(receiver.counters).toMatchObject({ replayed: 1, 'too-old': 1 });
    const report = sender.protectRtcp(rtcp());
    expect(receiver.unprotectRtcp(report).ok).toBe(true);
    expect(receiver.unprotectRtcp(report)).toEqual({ ok: false, error: 'replayed' });
  });

  it('keeps each SSRC apart, and the roll-over of a source that was on hold', () => {
    const [sender, receiver] = [new SrtpContext(master(suite)), new SrtpContext(master(suite))];
    for (const sequence of [65_000, 65_535, 65_536])
      expect(receiver.unprotectRtp(sender.protectRtp(rtp(sequence, 1))).ok).toBe(true);
    expect(receiver.unprotectRtp(sender.protectRtp(rtp(9, 2))).ok).toBe(true);
    expect(receiver.unprotectRtp(sender.protectRtp(rtp(65_600, 1))).ok).toBe(true);
  });

  it('joins a source late where told its counter', () => {
    const [sender, receiver] = [new SrtpContext(master(suite)), new SrtpContext(master(suite))];
    sender.setRollOverCounter(7, 3, 100);
    const sealed = sender.protectRtp(rtp(101));
    expect(receiver.unprotectRtp(sealed).ok).toBe(false);
    receiver.setRollOverCounter(7, 3, 90);
    expect(receiver.unprotectRtp(sealed).ok).toBe(true);
  });

  it('gives a repeated packet the same bytes: no two texts under one key stream', () => {
    const sender = new SrtpContext(master(suite));
    const first = sender.protectRtp(rtp(10));
    sender.protectRtp(rtp(11));
    expect(sender.protectRtp(rtp(10))).toEqual(first);
  });

  it('bounds its sources, and forgers make none', () => {
    const [sender, receiver] = [new SrtpContext(master(suite)), new SrtpContext(master(suite))];
    for (let ssrc = 0; ssrc < 300; ssrc++) receiver.unprotectRtp(rtp(1, ssrc));
    expect(receiver.counters['authentication-failed']).toBe(300);
    for (let ssrc = 0; ssrc < 257; ssrc++) receiver.unprotectRtp(sender.protectRtp(rtp(1, ssrc)));
    expect(receiver.counters['too-many-sources']).toBe(1);
  });

  it('sends SRTCP in clear only where agreed', () => {
    const clear = new SrtpContext({ ...master(suite), sessionParameters: ['UNENCRYPTED_SRTCP'] });
    const sealed = clear.protectRtcp(rtcp());
    expect(Buffer.from(sealed).includes(Buffer.from(rtcp()))).toBe(true);
    expect(new SrtpContext(master(suite)).unprotectRtcp(sealed)).toEqual({ ok: false, error: 'malformed' });
    const agreed = new SrtpContext({ ...master(suite), sessionParameters: ['UNENCRYPTED_SRTCP'] });
    expect(agreed.unprotectRtcp(sealed).ok).toBe(true);
  });

  it('wants keys of the right length', () => {
    expect(() => new SrtpContext({ ...master(suite), key: new Uint8Array(15) })).toThrow(RangeError);
  });
});

describe.each([
  ['AES_CM_128_HMAC_SHA1_80', 1],
  ['AEAD_AES_128_GCM', 7],
] as const)("%s and werift's", (suite, profile) => {
  const keys = master(suite);
  const config = {
    keys: {
      localMasterKey: keys.key,
      localMasterSalt: keys.salt,
      remoteMasterKey: keys.key,
      remoteMasterSalt: keys.salt,
    },
    profile,
  };

  it('read each other', () => {
    const context = new SrtpContext(keys);
    const [theirs, theirControl] = [new SrtpSession(config), new SrtcpSession(config)];
    expect(Buffer.from(theirs.decrypt(Buffer.from(context.protectRtp(rtp(5))))).equals(rtp(5))).toBe(true);
    expect(Buffer.from(theirControl.decrypt(Buffer.from(context.protectRtcp(rtcp())))).equals(rtcp())).toBe(true);
    const report = new SrtpContext(keys).unprotectRtcp(new SrtcpSession(config).encrypt(Buffer.from(rtcp())));
    expect(report.ok && Buffer.from(report.value).equals(rtcp())).toBe(true);
  });
});
