import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool, hostClock, openTemporaryDirectory, type TemporaryDirectory } from '@plugfest/host';
import { formatRtcpCompound, type RtcpPacket, SrtpContext } from '@plugfest/rtp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withComments } from './annotated-recording.ts';
import { decryptCapture } from './decrypt-capture.ts';
import { PacketRecorder } from './packet-recorder.ts';
import { recordedDatagrams } from './recorded-datagrams.ts';

const tshark = await findTool('tshark');
if (!tshark.found) console.warn(`skipped: ${tshark.reason}; ${tshark.fix}`);

const KEY = Buffer.from('WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz', 'base64');
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const PACKETS = 200;
const [client, bridge] = [
  { address: '127.0.0.1', port: 20_000 },
  { address: '127.0.0.2', port: 30_000 },
];
const [signalling, back] = [
  { source: '127.0.0.1:20061', destination: '127.0.0.2:30061' },
  { source: '127.0.0.2:30061', destination: '127.0.0.1:20061' },
];

/** Keys as a Lync client offers them: the last without an identifier. */
const OFFERED = ['2 KEY|2^31|1:1', '3 KEY|2^31'];
const ANSWERED = ['3 KEY|2^31'];

function message(start: string, port: number, address: string, keys: readonly string[]): Buffer {
  const crypto = keys.map((key) => `a=crypto:${key.replace(' KEY', ` ${SUITE} inline:${KEY.toString('base64')}`)}\r\n`);
  const body = `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=video ${port} RTP/SAVP 122\r\na=rtcp-mux\r\na=rtpmap:122 X-H264UC/90000\r\n${crypto.join('')}`;
  const head = [
    start,
    'Via: SIP/2.0/TLS 127.0.0.1:20061;branch=z9hG4bKabc',
    'From: <sip:lync@a.example>;tag=1',
    `To: <sip:bridge@b.example>${start.startsWith('SIP') ? ';tag=2' : ''}`,
    'Call-ID: call',
    'CSeq: 1 INVITE',
    'Max-Forwards: 70',
    'Contact: <sip:lync@127.0.0.1:20061>',
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const REPORT: readonly RtcpPacket[] = [
  { type: 'receiver-report', ssrc: 7, reports: [] },
  { type: 'source-description', chunks: [{ ssrc: 7, items: [{ type: 1, text: 'lync@a.example' }] }] },
];
const ASKED: RtcpPacket = {
  ...({ type: 'video-source-request', senderSsrc: 7, mediaSsrc: 8, requestedSource: 0xfffffffe } as const),
  ...{ requestId: 1, keyFrame: true, entries: [] },
};

async function dissect(file: string, ...args: string[]): Promise<string[]> {
  if (!tshark.found) throw new Error(tshark.reason);
  const { stdout } = await promisify(execFile)(tshark.path, ['-r', file, ...args], { maxBuffer: 1 << 24 });
  return stdout.split('\n').filter((line) => line !== '');
}

/** Ciphertext is different in each packet: what takes it for reports stumbles over one of so many. */
describe('a recording with SRTCP that Wireshark would read wrongly', () => {
  let directory: TemporaryDirectory;
  let capture: string;
  beforeAll(async () => {
    directory = await openTemporaryDirectory('wireshark');
    capture = join(directory.path, 'run.pcapng');
    const recorder = await PacketRecorder.open(capture, { clock: hostClock });
    const first = { atUs: hostClock.nowUs(), transport: 'tls' };
    const invite = message('INVITE sip:bridge@b.example SIP/2.0', client.port, client.address, OFFERED);
    recorder.recordSip({ ...first, ...signalling, bytes: invite, note: 'lync → bridge' });
    const answer = message('SIP/2.0 200 OK', bridge.port, bridge.address, ANSWERED);
    recorder.recordSip({ ...first, ...back, bytes: answer });
    recorder.nameAddress(signalling.source, 'lync');
    recorder.nameAddress(signalling.destination, 'bridge');
    recorder.nameAddress('[::1]:5060', 'other');
    const protect = new SrtpContext({ suite: SUITE, key: KEY.subarray(0, 16), salt: KEY.subarray(16) });
    for (let i = 0; i < PACKETS; i++)
      for (const packets of [REPORT, [ASKED]]) {
        const payload = protect.protectRtcp(formatRtcpCompound(packets));
        const atUs = first.atUs + 1000 * (i + 1);
        recorder.interface('lync').recordUdp({ atUs, source: client, destination: bridge, payload });
      }
    await recorder.close();
  });
  afterAll(() => directory[Symbol.asyncDispose]());

  test.runIf(tshark.found)(
    'has no malformed packet, and the rest of each report is known to be encrypted',
    async () => {
      expect(await dissect(capture, '-Y', '_ws.malformed')).toEqual([]);
      expect(await dissect(capture, '-Y', 'srtcp.e == 1')).toHaveLength(PACKETS);
      expect(await dissect(capture, '-Y', 'sip && sdp')).toHaveLength(2);
      expect(await dissect(capture, '-Y', 'frame.comment contains "reduced size"')).toHaveLength(PACKETS);
    },
  );

  test.runIf(tshark.found)('names addresses', async () => {
    const hosts = await dissect(capture, '-q', '-z', 'hosts');
    expect(hosts).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^127\.0\.0\.1\tlync$/),
        expect.stringMatching(/^127\.0\.0\.2\tbridge$/),
      ]),
    );
    expect(hosts).toContainEqual(expect.stringMatching(/^::1\tother$/));
  });

  test.runIf(tshark.found)('takes comments on packets, besides those that are there', async () => {
    const commented = join(directory.path, 'commented.pcapng');
    const twice = new Map([
      [1, ['check a: fail', 'check b: pass']],
      [3, ['check c: fail']],
      [4, ['check c: fail']],
    ]);
    const once = withComments(await readFile(capture), twice);
    await writeFile(commented, withComments(once, twice));
    const rows = await dissect(commented, '-Y', 'frame.comment contains "check"', '-T', 'json', '-e', 'frame.comment');
    const found = (JSON.parse(rows.join('\n')) as { _source: { layers: Record<string, string[]> } }[]).map(
      ({ _source }) => _source.layers['frame.comment']?.join('\n').split('\n'),
    );
    expect(found).toEqual([
      ['lync → bridge', 'check a: fail', 'check b: pass'],
      ['check c: fail'],
      [expect.stringContaining('reduced size'), 'check c: fail'],
    ]);
    expect(await dissect(commented)).toHaveLength(2 + 2 * PACKETS);
    expect(withComments(await readFile(capture), new Map())).toEqual(await readFile(capture));
  });

  test('has each datagram byte for byte for who judges it', async () => {
    const datagrams = recordedDatagrams(await readFile(capture), 'lync');
    expect(datagrams).toHaveLength(2 * PACKETS);
    expect(new Set(datagrams.map(({ source, destination }) => `${source.port} ${destination.port}`))).toEqual(
      new Set(['20000 30000']),
    );
    const open = new SrtpContext({ suite: SUITE, key: KEY.subarray(0, 16), salt: KEY.subarray(16) });
    const plain = datagrams.map(({ payload }) => open.unprotectRtcp(payload));
    expect(plain.filter(({ ok }) => ok)).toHaveLength(2 * PACKETS);
  });

  test.runIf(tshark.found)('and shows what was asked for once it is opened', async () => {
    const opened = join(directory.path, 'open.pcapng');
    const secret = { participant: 'lync', origin: 'sdes' as const, suite: SUITE, keyAndSalt: KEY.toString('base64') };
    const secrets = { version: 1 as const, secrets: [{ ...secret, sources: [client] }] };
    expect(await decryptCapture(capture, secrets, opened)).toMatchObject({ decrypted: 2 * PACKETS, failed: 0 });
    expect(await dissect(opened, '-Y', '_ws.malformed')).toEqual([]);
    expect(await dissect(opened, '-Y', 'rtcp.psfb.fmt == 15')).toHaveLength(PACKETS);
    expect(await dissect(opened, '-Y', 'rtcp.sdes.text == "lync@a.example"')).toHaveLength(PACKETS);
  });
});
