import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool, hostClock, openTemporaryDirectory, type TemporaryDirectory } from '@plugfest/host';
import { formatRtcpCompound, SrtpContext } from '@plugfest/rtp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decryptCapture } from './decrypt-capture.ts';
import { PacketRecorder } from './packet-recorder.ts';
import { readPcapng } from './pcapng-reader.ts';
import { srtpSecretsSchema } from './srtp-secret.ts';
import type { TransportAddress } from './transport-address.ts';

const tshark = await findTool('tshark');
if (!tshark.found) console.warn(`skipped: ${tshark.reason}; ${tshark.fix}`);

let directory: TemporaryDirectory;
let capture: string;
let secretsFile: string;
beforeEach(async () => {
  directory = await openTemporaryDirectory('recorder');
  capture = join(directory.path, 'run.pcapng');
  secretsFile = join(directory.path, 'secrets.json');
});
afterEach(() => directory[Symbol.asyncDispose]());

/** What tshark says of the capture, a line a packet. */
async function dissect(file: string, ...args: string[]): Promise<string[]> {
  if (!tshark.found) throw new Error(tshark.reason);
  const { stdout } = await promisify(execFile)(tshark.path, ['-r', file, ...args], { maxBuffer: 16 * 1024 * 1024 });
  return stdout.split('\n').filter((line) => line !== '');
}

const FIELDS = [
  '_ws.malformed',
  'frame.protocols',
  'frame.interface_name',
  'frame.comment',
  'ip.checksum.status',
  'udp.checksum.status',
  'rtp.setup-frame',
  'rtp.ssrc',
  'rtcp.setup-frame',
  'rtcp.sdes.text',
] as const;
type Row = Record<(typeof FIELDS)[number], string>;

async function fieldsOf(file: string): Promise<Row[]> {
  const checks = ['udp.check_checksum:TRUE', 'ip.check_checksum:TRUE'].flatMap((option) => ['-o', option]);
  const lines = await dissect(file, ...checks, '-T', 'fields', ...FIELDS.flatMap((field) => ['-e', field]));
  return lines.map((line) => {
    const values = line.split('\t');
    return Object.fromEntries(FIELDS.map((field, i) => [field, values[i] ?? ''])) as Row;
  });
}

const KEY = Buffer.from('WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz', 'base64');

function describeMedia({ address, port }: TransportAddress, profile: string): string {
  const family = address.includes(':') ? 6 : 4;
  const crypto = profile.includes('SAVP')
    ? `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY.toString('base64')}|2^31\r\n`
    : '';
  return `v=0\r\no=- 1 1 IN IP${family} ${address}\r\ns=-\r\nc=IN IP${family} ${address}\r\nt=0 0\r\nm=audio ${port} ${profile} 0\r\na=rtpmap:0 PCMU/8000\r\n${crypto}`;
}

function sip(start: string, body: string): Buffer {
  const head = [
    start,
    'Via: SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bKabc',
    'From: <sip:room@a.example>;tag=1',
    `To: <sip:bridge@b.example>${start.startsWith('SIP') ? ';tag=2' : ''}`,
    'Call-ID: call',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Contact: <sip:room@127.0.0.1:5061>',
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

function rtp(sequenceNumber: number): Buffer {
  const packet = Buffer.alloc(172, 0xd5);
  packet.set([0x80, 0]);
  packet.writeUInt16BE(sequenceNumber, 2);
  packet.writeUInt32BE(sequenceNumber * 160, 4);
  packet.writeUInt32BE(7, 8);
  return packet;
}

const RTCP = Buffer.from(
  formatRtcpCompound([
    { type: 'receiver-report', ssrc: 7, reports: [] },
    { type: 'source-description', chunks: [{ ssrc: 7, items: [{ type: 1, text: 'room@a.example' }] }] },
  ]),
);

/** A call: INVITE and 200 with descriptions, then media. */
async function record(transport: string, host: string, protect?: SrtpContext): Promise<PacketRecorder> {
  const room = { address: host, port: 20_000 };
  const bridge = { address: host, port: 30_000 };
  const profile = protect ? 'RTP/SAVP' : 'RTP/AVP';
  const recorder = await PacketRecorder.open(capture, { clock: hostClock, secretsFile });
  const place = (port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);
  const signalling = { atUs: hostClock.nowUs(), transport, note: 'room → bridge' };
  const [ends, back] = [
    { source: place(20_061), destination: place(30_061) },
    { source: place(30_061), destination: place(20_061) },
  ];
  recorder.recordSip({
    ...signalling,
    ...ends,
    bytes: sip('INVITE sip:bridge@b.example SIP/2.0', describeMedia(room, profile)),
  });
  recorder.recordSip({ ...signalling, ...back, bytes: sip('SIP/2.0 200 OK', describeMedia(bridge, profile)) });
  const audio = recorder.interface('room');
  for (let i = 0; i < 50; i++) {
    const payload = protect ? protect.protectRtp(rtp(i)) : rtp(i);
    audio.recordUdp({ atUs: hostClock.nowUs() + i * 20_000, source: room, destination: bridge, payload });
  }
  const payload = protect ? protect.protectRtcp(RTCP) : RTCP;
  const [from, to] = [room, bridge].map(({ address, port }) => ({ address, port: port + 1 })) as [
    TransportAddress,
    TransportAddress,
  ];
  audio.recordUdp({ atUs: hostClock.nowUs() + 1_000_000, source: from, destination: to, payload });
  return recorder;
}

describe.runIf(tshark.found)('tshark', () => {
  test.each([
    ['udp', '127.0.0.1'],
    ['tls', '127.0.0.1'],
    ['udp', '::1'],
    ['ws', '::1'],
  ])('dissects SIP over %s on %s, SDP, and the RTP and RTCP that it announces', async (transport, host) => {
    await (await record(transport, host)).close();
    const rows = await fieldsOf(capture);
    const count = (wanted: (row: Row) => boolean): number => rows.filter(wanted).length;
    expect(rows).toHaveLength(53);
    expect(count((row) => row['_ws.malformed'] !== '')).toBe(0);
    expect(count((row) => row['frame.protocols'].endsWith(':sip:sdp'))).toBe(2);
    expect(count((row) => row['rtp.setup-frame'] !== '' && row['rtp.ssrc'] === '0x00000007')).toBe(50);
    expect(count((row) => row['rtcp.setup-frame'] !== '' && row['rtcp.sdes.text'] === 'room@a.example')).toBe(1);
    expect(count((row) => row['frame.interface_name'] === 'room')).toBe(51);
    expect(count((row) => row['frame.comment'] === 'room → bridge')).toBe(2);
    // 0 is bad, 1 good, 2 not checked, 3 absent.
    expect(count((row) => row['udp.checksum.status'] === '0' || row['ip.checksum.status'] === '0')).toBe(0);
  });

  test.each(['udp', 'tls'])('reads the payload of SRTP once it is decrypted (SIP over %s)', async (transport) => {
    const protect = new SrtpContext({
      suite: 'AES_CM_128_HMAC_SHA1_80',
      key: KEY.subarray(0, 16),
      salt: KEY.subarray(16),
    });
    const recorder = await record(transport, '127.0.0.1', protect);
    const sources = [20_000, 20_001].map((port) => ({ address: '127.0.0.1', port }));
    const shared = { participant: 'room', origin: 'sdes' as const, suite: 'AES_CM_128_HMAC_SHA1_80', sources };
    const wrong = Buffer.alloc(30, 1).toString('base64');
    recorder.addSecrets([wrong, KEY.toString('base64')].map((keyAndSalt) => ({ ...shared, keyAndSalt })));
    await recorder.close();
    expect((await stat(secretsFile)).mode & 0o777).toBe(0o600);
    const opened = join(directory.path, 'run.decrypted.pcapng');
    const secrets = srtpSecretsSchema.parse(JSON.parse(await readFile(secretsFile, 'utf8')));
    expect(await decryptCapture(capture, secrets, opened)).toEqual({ packets: 53, decrypted: 51, failed: 0 });
    expect(await dissect(opened, '-Y', '_ws.malformed')).toEqual([]);
    expect(await dissect(opened, '-Y', 'sip && sdp')).toHaveLength(2);
    const payloads = await dissect(opened, '-Y', 'rtp', '-T', 'fields', '-e', 'rtp.payload');
    expect(payloads).toHaveLength(50);
    expect(new Set(payloads)).toEqual(new Set(['d5'.repeat(160)]));
    expect(await dissect(opened, '-Y', 'rtcp.sdes.text == "room@a.example"')).toHaveLength(1);
    expect(await dissect(capture, '-Y', 'rtcp.sdes.text == "room@a.example"')).toEqual([]);
  });
});

describe('a recorder', () => {
  test('keeps no key in the recording', async () => {
    const protect = new SrtpContext({
      suite: 'AES_CM_128_HMAC_SHA1_80',
      key: KEY.subarray(0, 16),
      salt: KEY.subarray(16),
    });
    await (await record('tls', '127.0.0.1', protect)).close();
    const bytes = await readFile(capture, 'latin1');
    expect(bytes).toContain('inline:xxxx');
    expect(bytes).not.toContain(KEY.toString('base64'));
  });

  test('numbers packets as they are in the file, and refuses what no capture can hold', async () => {
    const recorder = await record('udp', '127.0.0.1');
    const next = {
      atUs: 0,
      transport: 'udp',
      source: '127.0.0.1:1',
      destination: '127.0.0.1:2',
      bytes: Buffer.from('OPTIONS'),
    };
    expect(recorder.recordSip(next)).toBe(54);
    for (const source of ['nonsense', 'host.example:5060', '[::1]:5060', '127.0.0.1:99999']) {
      expect(recorder.recordSip({ ...next, source })).toBeUndefined();
    }
    expect(recorder.recordSip({ ...next, bytes: Buffer.alloc(70_000) })).toBeUndefined();
    await recorder.close();
    expect(recorder.recordSip(next)).toBeUndefined();
    expect([recorder.packets, recorder.dropped]).toEqual([54, 6]);
  });

  test('has packets on disk while it records', async () => {
    const recorder = await record('udp', '127.0.0.1');
    await expect.poll(() => countPackets(), { timeout: 2000 }).toBe(53);
    await recorder.close();
  });

  test('a recording that ends anywhere is read up to there', async () => {
    await (await record('udp', '127.0.0.1')).close();
    const whole = await readFile(capture);
    let before = 0;
    for (let end = 0; end <= whole.length; end++) {
      const packets = [...readPcapng(whole.subarray(0, end))].filter((block) => block.kind === 'packet').length;
      expect(packets - before).toBeLessThanOrEqual(1);
      expect(packets).toBeGreaterThanOrEqual(before);
      before = packets;
    }
    expect(before).toBe(53);
  });

  test('a crafted file ends in a number of packets, not in an exception', async () => {
    await (await record('udp', '127.0.0.1')).close();
    const whole = await readFile(capture);
    for (let at = 0; at < 1200; at += 5) {
      const crafted = Buffer.from(whole);
      crafted[at] = 0xff;
      await writeFile(capture, crafted);
      const { packets } = await decryptCapture(capture, { version: 1, secrets: [] }, `${capture}.out`);
      expect(packets).toBeLessThanOrEqual(53);
    }
  });

  async function countPackets(): Promise<number> {
    return [...readPcapng(await readFile(capture))].filter((block) => block.kind === 'packet').length;
  }
});
