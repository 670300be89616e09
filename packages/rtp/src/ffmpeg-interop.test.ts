import type { Socket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@plugfest/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  datagramsOf,
  decodedChecksums,
  ffmpeg,
  fileChecksums,
  hasFfmpeg,
  hasTshark,
  tshark,
} from '../testing/ffmpeg.ts';
import { pcapOf } from '../testing/pcap.ts';
import { NAL, nalType, splitAnnexB } from './annex-b.ts';
import { formatRtcpCompound } from './format-rtcp.ts';
import { H263Depacketizer, packetizeH263 } from './h263-payload.ts';
import { H264Depacketizer } from './h264-depacketizer.ts';
import { packetizeH264 } from './h264-packetizer.ts';
import { formatRtp, parseRtp, type RtpPacket, type RtpPayload } from './rtp-packet.ts';
import { RtpSenderStream } from './rtp-sender-stream.ts';
import { SrtpContext } from './srtp-context.ts';
import type { VideoDepacketizer } from './video-depacketizer.ts';
import { Vp8Depacketizer, Vp8Packetizer } from './vp8-payload.ts';
import { Vp9Depacketizer, Vp9Packetizer } from './vp9-payload.ts';

if (!hasFfmpeg) console.warn('skipped: no ffmpeg');
if (!hasTshark) console.warn('skipped: no tshark');

const FRAMES = 30;
const FRAME_US = 66_667;
const KEY = Buffer.from(Array.from({ length: 30 }, (_, index) => index * 7));
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const master = { suite: SUITE, key: KEY.subarray(0, 16), salt: KEY.subarray(16) } as const;

const VP9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '10', '-b:v', '600k', '-f', 'ivf'];

const directory = mkdtempSync(join(tmpdir(), 'plugfest-rtp-'));
afterAll(() => rmSync(directory, { recursive: true }));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const file = (name: string): string => join(directory, name);

beforeAll(async () => {
  if (!hasFfmpeg) return;
  const source = ['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=15`, '-frames:v', `${FRAMES}`];
  const x264 = [
    '-c:v',
    'libx264',
    '-tune',
    'zerolatency',
    '-g',
    '10',
    '-bsf:v',
    'h264_metadata=aud=insert',
    '-f',
    'h264',
  ];
  const vp8 = ['-c:v', 'libvpx', '-deadline', 'realtime', '-g', '10', '-b:v', '600k', '-f', 'ivf'];
  await Promise.all([
    ffmpeg(...source, ...x264, file('whole.h264')),
    ffmpeg(
      ...source,
      '-threads',
      '1',
      '-x264-params',
      'slice-max-size=1000:repeat-headers=1',
      ...x264,
      file('slices.h264'),
    ),
    ffmpeg(...source, ...vp8, file('video.ivf')),
    ffmpeg(...source, ...VP9, file('vp9.ivf')),
    ffmpeg(...source, '-s', '352x288', '-c:v', 'h263p', '-g', '10', '-b:v', '600k', '-f', 'avi', file('h263.avi')),
  ]);
});

/** NAL units of each access unit, delimiters left out. */
function accessUnits(name: string): Uint8Array[][] {
  const units: Uint8Array[][] = [];
  for (const unit of splitAnnexB(readFileSync(file(name)))) {
    if (nalType(unit) === NAL.accessUnitDelimiter) units.push([]);
    else units.at(-1)?.push(unit);
  }
  return units;
}

function annexB(units: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(units.flatMap((unit) => [Uint8Array.of(0, 0, 0, 1), unit]));
}

function ivfFrames(name = 'video.ivf'): Uint8Array[] {
  const bytes = readFileSync(file(name));
  const frames: Uint8Array[] = [];
  for (let at = 32; at < bytes.length; at += 12 + bytes.readUInt32LE(at)) {
    frames.push(bytes.subarray(at + 12, at + 12 + bytes.readUInt32LE(at)));
  }
  return frames;
}

/** Each picture begins with its start code: 16 zeros, then 100000. */
async function h263Pictures(): Promise<Uint8Array[]> {
  await ffmpeg('-i', file('h263.avi'), '-c', 'copy', '-f', 'h263', file('video.h263'));
  const bytes = readFileSync(file('video.h263'));
  const isStart = (at: number): boolean => at + 3 <= bytes.length && bytes.readUIntBE(at, 3) >> 2 === 0x20;
  const starts = [...bytes.keys()].filter(isStart);
  return starts.map((start, n) => bytes.subarray(start, starts[n + 1]));
}

function packetsOf(payloads: readonly RtpPayload[][], payloadType: number): RtpPacket[] {
  const stream = new RtpSenderStream({
    ssrc: 77,
    payloadType,
    clockRateHz: 90_000,
    cname: 'x',
    random: seededRandom(3),
  });
  return payloads.flatMap((each, index) => stream.packets(each, index * FRAME_US));
}

function depacketized(depacketizer: VideoDepacketizer, datagrams: readonly Uint8Array[]) {
  return datagrams.flatMap((bytes) => {
    const packet = parseRtp(bytes);
    if (!packet.ok) throw new Error(packet.error.text);
    return depacketizer.push(packet.value);
  });
}

const sdp = (rtpmap: string, fmtp: string, port: number, extra = ''): string =>
  [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=video ${port} ${extra === '' ? 'RTP/AVP' : 'RTP/SAVP'} 97`,
    ...(extra === '' ? [] : [extra]),
    `a=rtpmap:97 ${rtpmap}/90000`,
    ...(fmtp === '' ? [] : [`a=fmtp:97 ${fmtp}`]),
    '',
  ].join('\r\n');

const BYE = formatRtcpCompound([
  { type: 'receiver-report', ssrc: 77, reports: [] },
  { type: 'goodbye', ssrcs: [77] },
]);

/** Sends at a pace that socket buffers hold; a BYE ends it. */
function sending(datagrams: readonly Uint8Array[], bye = BYE) {
  return async (socket: Socket, port: number): Promise<void> => {
    for (const [index, bytes] of [...datagrams, bye].entries()) {
      await new Promise<void>((resolve) => socket.send(bytes, port, '127.0.0.1', () => resolve()));
      if (index % 8 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
}

describe.skipIf(!hasFfmpeg)('FFmpeg takes what we packetize', () => {
  const modes = [
    ['H.264 mode 1', 'whole.h264', 1],
    ['H.264 mode 0 in short slices', 'slices.h264', 0],
    ['H.264 mode 1 of many slices', 'slices.h264', 1],
  ] as const;

  it.each(modes)('%s: the same pictures', async (_, name, packetizationMode) => {
    const payloads = accessUnits(name).map((units) => packetizeH264(annexB(units), { packetizationMode }));
    expect(payloads).toHaveLength(FRAMES);
    const datagrams = packetsOf(payloads, 97).map(formatRtp);
    const sdpFor = (port: number): string => sdp('H264', `packetization-mode=${packetizationMode}`, port);
    const received = await decodedChecksums({ sdpFor, frames: FRAMES }, sending(datagrams));
    expect(received).toEqual(await fileChecksums(file(name)));
  });

  it('VP8: the same pictures', async () => {
    const packetizer = new Vp8Packetizer({ firstPictureId: 0x7ffe });
    const payloads = ivfFrames().map((frame) => packetizer.packetize(frame));
    const datagrams = packetsOf(payloads, 97).map(formatRtp);
    const options = { sdpFor: (port: number) => sdp('VP8', '', port), frames: FRAMES };
    const received = await decodedChecksums(options, sending(datagrams));
    expect(received).toEqual(await fileChecksums(file('video.ivf')));
  });

  it('VP9: the same pictures', async () => {
    const packetizer = new Vp9Packetizer({ firstPictureId: 0x7ffe });
    const payloads = ivfFrames('vp9.ivf').map((frame) => packetizer.packetize(frame));
    const datagrams = packetsOf(payloads, 97).map(formatRtp);
    const options = { sdpFor: (port: number) => sdp('VP9', '', port), frames: FRAMES };
    expect(await decodedChecksums(options, sending(datagrams))).toEqual(await fileChecksums(file('vp9.ivf')));
  });

  it('H.263: the same pictures', async () => {
    const payloads = (await h263Pictures()).map((picture) => packetizeH263(picture));
    const datagrams = packetsOf(payloads, 97).map(formatRtp);
    const options = { sdpFor: (port: number) => sdp('H263-1998', '', port), frames: FRAMES };
    expect(await decodedChecksums(options, sending(datagrams))).toEqual(await fileChecksums(file('h263.avi')));
  });

  it('SRTP: the same pictures', async () => {
    const context = new SrtpContext(master);
    const payloads = accessUnits('whole.h264').map((units) => packetizeH264(annexB(units), { packetizationMode: 1 }));
    const datagrams = packetsOf(payloads, 97).map((packet) => context.protectRtp(formatRtp(packet)));
    const crypto = `a=crypto:1 ${SUITE} inline:${KEY.toString('base64')}`;
    const options = { sdpFor: (port: number) => sdp('H264', 'packetization-mode=1', port, crypto), frames: FRAMES };
    const received = await decodedChecksums(options, sending(datagrams, context.protectRtcp(BYE)));
    expect(received).toEqual(await fileChecksums(file('whole.h264')));
  });
});

describe.skipIf(!hasFfmpeg)('we take what FFmpeg packetizes', () => {
  const copy = (name: string): string[] => ['-i', file(name), '-c', 'copy'];
  const rtpTo = (port: number): string => `rtp://127.0.0.1:${port}?pkt_size=1200&rtcpport=9`;

  it.each([
    ['mode 1', 'whole.h264', []],
    ['mode 0', 'slices.h264', ['-rtpflags', 'h264_mode0']],
    ['mode 1 with STAP-A', 'slices.h264', []],
  ])('H.264 %s: the same units in the same access units', async (_, name, flags) => {
    const datagrams = await datagramsOf((port) => [...copy(name), ...flags, '-f', 'rtp', rtpTo(port)]);
    const frames = depacketized(new H264Depacketizer(), datagrams);
    const sent = accessUnits(name);
    expect(
      frames.map(({ data }) =>
        splitAnnexB(data)
          .filter((unit) => nalType(unit) !== 9)
          .map(hex),
      ),
    ).toEqual(sent.map((units) => units.map(hex)));
    expect(frames.every(({ complete, hasParameterSets }) => complete && hasParameterSets)).toBe(true);
    expect(frames.flatMap(({ keyFrame }, index) => (keyFrame ? [index] : []))).toEqual([0, 10, 20]);
  });

  it('VP8: the same frames', async () => {
    const datagrams = await datagramsOf((port) => [...copy('video.ivf'), '-f', 'rtp', rtpTo(port)]);
    const frames = depacketized(new Vp8Depacketizer(), datagrams);
    expect(frames.map(({ data }) => hex(data))).toEqual(ivfFrames().map((frame) => hex(frame)));
    expect(frames.every(({ complete }) => complete)).toBe(true);
    expect(frames[0]?.keyFrame).toBe(true);
    expect(frames[1]?.keyFrame).toBe(false);
  });

  it('VP9: the same frames', async () => {
    const experimental = ['-strict', 'experimental'];
    const datagrams = await datagramsOf((port) => [...copy('vp9.ivf'), ...experimental, '-f', 'rtp', rtpTo(port)]);
    const frames = depacketized(new Vp9Depacketizer(), datagrams);
    expect(frames.map(({ data }) => hex(data))).toEqual(ivfFrames('vp9.ivf').map((frame) => hex(frame)));
    expect(frames.every(({ complete }) => complete)).toBe(true);
    expect(frames.flatMap(({ keyFrame }, index) => (keyFrame ? [index] : []))).toEqual([0, 10, 20]);
  });

  it('H.263: the same pictures', async () => {
    const datagrams = await datagramsOf((port) => [...copy('h263.avi'), '-f', 'rtp', rtpTo(port)]);
    const frames = depacketized(new H263Depacketizer(), datagrams);
    expect(frames.map(({ data }) => hex(data))).toEqual((await h263Pictures()).map((picture) => hex(picture)));
    expect(frames.every(({ complete }) => complete)).toBe(true);
    expect(frames.flatMap(({ keyFrame }, index) => (keyFrame ? [index] : []))).toEqual([0, 10, 20]);
  });

  it('SRTP: the same units', async () => {
    const srtp = ['-srtp_out_suite', SUITE, '-srtp_out_params', KEY.toString('base64')];
    const datagrams = await datagramsOf((port) => [
      ...copy('whole.h264'),
      ...['-f', 'rtp', ...srtp, `srtp://127.0.0.1:${port}?pkt_size=1200&rtcpport=9`],
    ]);
    const context = new SrtpContext(master);
    const opened = datagrams.flatMap((bytes) => {
      const result = context.unprotectRtp(bytes);
      return result.ok ? [result.value] : [];
    });
    expect(opened).toHaveLength(datagrams.length);
    const frames = depacketized(new H264Depacketizer(), opened);
    expect(
      frames.map(({ data }) =>
        splitAnnexB(data)
          .filter((unit) => nalType(unit) !== 9)
          .map(hex),
      ),
    ).toEqual(accessUnits('whole.h264').map((units) => units.map(hex)));
  });
});

describe.skipIf(!hasFfmpeg || !hasTshark)('tshark', () => {
  it('dissects our H.264 without a malformed packet, and finds the fragments that we made', async () => {
    const payloads = accessUnits('whole.h264').map((units) => packetizeH264(annexB(units), { packetizationMode: 1 }));
    const packets = packetsOf(payloads, 97);
    writeFileSync(file('h264.pcap'), pcapOf(packets.map(formatRtp), 5004));
    const decode = ['-r', file('h264.pcap'), '-d', 'udp.port==5004,rtp', '-d', 'rtp.pt==97,h264'];
    const fields = ['-e', 'rtp.marker', '-e', 'h264.nal_unit_hdr', '-e', '_ws.malformed', '-e', 'rtp.seq'];
    const rows = (await tshark(...decode, '-T', 'fields', ...fields))
      .trimEnd()
      .split('\n')
      .map((row) => row.split('\t'));
    expect(rows).toHaveLength(packets.length);
    expect(rows.filter(([, , malformed]) => malformed)).toEqual([]);
    expect(rows.filter(([marker]) => marker === '1')).toHaveLength(FRAMES);
    const typesOf = (type: number): number => packets.filter(({ payload }) => nalType(payload) === type).length;
    for (const type of [NAL.fuA, NAL.stapA]) {
      expect(typesOf(type)).toBeGreaterThan(0);
      expect(rows.filter(([, header]) => header?.split(',')[0] === `${type}`)).toHaveLength(typesOf(type));
    }
  });

  it('dissects our RTCP', async () => {
    const stream = new RtpSenderStream({
      ssrc: 77,
      payloadType: 97,
      clockRateHz: 90_000,
      cname: 'me@here',
      random: seededRandom(1),
    });
    stream.packets([{ payload: new Uint8Array(10), marker: true }], 0);
    const head = { senderSsrc: 77, mediaSsrc: 5 };
    const report = {
      ssrc: 5,
      fractionLost: 1,
      packetsLost: -1,
      highestSequenceNumber: 70_000,
      jitter: 3,
      lastSenderReport: 4,
      delaySinceLastSenderReport: 5,
    };
    const compound = formatRtcpCompound([
      ...stream.senderReport(1e6, 1.4e15, [report]),
      { type: 'picture-loss-indication', ...head },
      { type: 'full-intra-request', ...head, entries: [{ ssrc: 5, sequenceNumber: 9 }] },
      { type: 'nack', ...head, lostSequenceNumbers: [100, 101, 116] },
      { type: 'remb', senderSsrc: 77, bitrateBps: 1_000_000, ssrcs: [5] },
      {
        type: 'transport-cc',
        ...head,
        baseSequenceNumber: 9,
        referenceTime: 2,
        feedbackPacketCount: 1,
        packets: [
          { sequenceNumber: 9, received: true, deltaUs: 500 },
          { sequenceNumber: 10, received: false },
          { sequenceNumber: 11, received: true, deltaUs: -250 },
        ],
      },
      { type: 'tmmbr', senderSsrc: 77, mediaSsrc: 0, entries: [{ ssrc: 9, bitrateBps: 384_000, overheadBytes: 28 }] },
      { type: 'tmmbn', senderSsrc: 77, mediaSsrc: 0, entries: [{ ssrc: 9, bitrateBps: 131_071, overheadBytes: 200 }] },
      { type: 'goodbye', ssrcs: [77], reason: 'done' },
    ]);
    writeFileSync(file('rtcp.pcap'), pcapOf([compound], 5005));
    const names = [
      'rtcp.pt',
      'rtcp.sdes.text',
      'rtcp.rtpfb.nack_pid',
      'rtcp.psfb.remb.fci.br_mantissa',
      'rtcp.length_check',
      '_ws.malformed',
      '_ws.expert.message',
      'rtcp.ssrc.cum_nr',
      'rtcp.rtpfb.tmmbr.fci.exp',
      'rtcp.rtpfb.tmmbr.fci.mantissa',
      'rtcp.rtpfb.tmmbr.fci.measuredoverhead',
    ];
    const fields = names.flatMap((name) => ['-e', name]);
    const row = await tshark('-r', file('rtcp.pcap'), '-d', 'udp.port==5005,rtcp', '-T', 'fields', ...fields);
    const [types, text, nack, , lengthCheck, malformed, , lost, exponents, mantissas, overheads] = row
      .trimEnd()
      .split('\t');
    expect(types).toBe('200,202,206,206,205,206,205,205,205,203');
    // 384000 = 96000 × 4.
    expect([exponents, mantissas, overheads]).toEqual(['2,0', '96000,131071', '28,200']);
    expect(text).toContain('me@here');
    expect(nack).toContain('100');
    expect(lengthCheck).not.toContain('0');
    expect(malformed ?? '').toBe('');
    expect(lost).toBe('-1');
  });
});
