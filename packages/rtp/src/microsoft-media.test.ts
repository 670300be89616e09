import { describe, expect, it } from 'vitest';
import { captureOf, hasTshark, tsharkFields } from '../testing/tshark.ts';
import { formatRtcpCompound } from './format-rtcp.ts';
import { H264Depacketizer } from './h264-depacketizer.ts';
import { parseRtcpCompound } from './parse-rtcp.ts';
import type { PictureLossIndication } from './rtcp-packet.ts';
import { formatRtp, type RtpPayload } from './rtp-packet.ts';
import { formatScalabilityInfo, H264UcPacketizer, parseScalabilityInfo } from './scalability-info.ts';
import { parseSequenceParameters } from './sequence-parameters.ts';
import {
  ASPECT_RATIOS,
  FRAME_RATES,
  REQUEST_FLAGS,
  REQUESTED_SOURCES,
  type VideoSourceRequest,
} from './video-source-request.ts';

const ENTRY = {
  payloadType: 122,
  ucConfigMode: 1,
  flags: REQUEST_FLAGS.constrainedProfileOnly,
  aspectRatios: ASPECT_RATIOS['4:3'] | ASPECT_RATIOS['16:9'],
  maxWidth: 1280,
  maxHeight: 720,
  minBitrateBps: 350_000,
  bitratePerLevelBps: 10_000,
  bitrateHistogram: [1, 0, 0, 2, 0, 0, 0, 0, 0, 3],
  frameRates: FRAME_RATES['15'] | FRAME_RATES['30'],
  mustInstances: 0,
  mayInstances: 1,
  qualityHistogram: [1, 0, 0, 0, 0, 0, 0, 4],
  maxPixels: 921_600,
};
const REQUEST: VideoSourceRequest = {
  type: 'video-source-request',
  senderSsrc: 0x1111_2222,
  mediaSsrc: 0x8333_4444,
  requestedSource: REQUESTED_SOURCES.any,
  requestId: 513,
  keyFrame: true,
  entries: [ENTRY, { ...ENTRY, payloadType: 121, ucConfigMode: 0, maxWidth: 640, maxHeight: 480 }],
};
const LOSS: PictureLossIndication = {
  type: 'picture-loss-indication',
  senderSsrc: 1,
  mediaSsrc: 0x8000_0002,
  layers: { requestId: 770, priorityIds: [0, 9, 63] },
};
const LAYER = {
  codedWidth: 640,
  codedHeight: 368,
  displayWidth: 640,
  displayHeight: 360,
  bitrateBps: 800_000,
  frameRateIndex: 2,
  layerType: 0,
  priorityId: 0,
  constrainedBaseline: true,
};
const INFO = {
  decodingOrder: 0x0102,
  isIdr: true,
  layers: [LAYER],
  referenceFrameCount: 7,
  nalUnits: 3,
};
const RECEIVER_REPORT = { type: 'receiver-report', ssrc: 0x1111_2222, reports: [] } as const;

const annexB = (...units: number[][]): Uint8Array => Uint8Array.from(units.flatMap((unit) => [0, 0, 0, 1, ...unit]));
const SPS = [...Buffer.from('6742c00dd90141fb0110000003001000000301e0f142a480', 'hex')];
const PPS = [...Buffer.from('68cb83cb20', 'hex')];
const IDR = [0x65, 0x88, ...Array.from({ length: 3000 }, (_, n) => 1 + (n % 250))];

function rtp(payloads: readonly RtpPayload[], firstNumber = 1): ReturnType<typeof packetOf>[] {
  return payloads.map((payload, at) => packetOf(payload, firstNumber + at));
}

function packetOf({ payload, marker }: RtpPayload, sequenceNumber: number) {
  return { payloadType: 122, marker, sequenceNumber, timestamp: 3000, ssrc: 5, csrcs: [], payload };
}

describe('feedback of Lync clients', () => {
  it.each([
    ['a Video Source Request', REQUEST],
    ['a request for nothing', { ...REQUEST, requestedSource: REQUESTED_SOURCES.none, keyFrame: false, entries: [] }],
    ['a PLI that names layers', LOSS],
    ['a plain PLI', { type: 'picture-loss-indication', senderSsrc: 1, mediaSsrc: 2 } as const],
  ])('%s is read as it was written', (_, packet) => {
    expect(parseRtcpCompound(formatRtcpCompound([packet]))).toEqual({ ok: true, value: [packet] });
  });

  it('survives every cut, and other feedback of the application layer stays what it is', () => {
    const whole = formatRtcpCompound([REQUEST]);
    for (let words = 3; words * 4 < whole.length; words++) {
      const cut = Uint8Array.from(whole.subarray(0, words * 4));
      cut.set([(words - 1) >> 8, words - 1], 2);
      const read = parseRtcpCompound(cut);
      expect(read.ok && read.value[0]?.type).toBe('unknown');
    }
    const other = Uint8Array.from(whole);
    other[13] = 3;
    const read = parseRtcpCompound(other);
    expect(read.ok && read.value[0]?.type).toBe('unknown');
    const shortEntries = Uint8Array.from(whole);
    shortEntries[27] = 0x40;
    const refused = parseRtcpCompound(shortEntries);
    expect(refused.ok && refused.value[0]?.type).toBe('unknown');
  });

  it.skipIf(!hasTshark)('is to tshark what was meant', () => {
    const capture = captureOf(
      [formatRtcpCompound([RECEIVER_REPORT, REQUEST]), formatRtcpCompound([RECEIVER_REPORT, LOSS])],
      5005,
    );
    const vsr = 'rtcp.psfb.ms.vsr';
    const [request, loss] = tsharkFields(
      capture,
      [
        'rtcp.psfb.ms.afb_type',
        'rtcp.psfb.ms.length',
        'rtcp.psfb.ms.msi',
        ...['request_id', 'version', 'num_entries', 'entry_length'].map((name) => `${vsr}.${name}`),
        ...['payload_type', 'ucconfig_mode', 'no_sp_baseline', 'aspect_ratio', 'max_width', 'max_height'].map(
          (name) => `${vsr}.entry.${name}`,
        ),
        ...['min_bitrate', 'bitrate_per_level', 'bitrate_histogram', 'frame_rate_mask', 'musts', 'mays'].map(
          (name) => `${vsr}.entry.${name}`,
        ),
        ...['quality_histogram', 'max_pixels'].map((name) => `${vsr}.entry.${name}`),
        'rtcp.psfb.ms.pli.request_id',
        'rtcp.psfb.ms.pli.sync_frame_request',
      ],
      ['-d', 'udp.port==5005,rtcp'],
    );
    expect(request).toMatchObject({
      'rtcp.psfb.ms.afb_type': '1',
      'rtcp.psfb.ms.length': '156',
      'rtcp.psfb.ms.msi': '0xfffffffe',
      [`${vsr}.request_id`]: '513',
      [`${vsr}.version`]: '0',
      // Not `key_frame_request`: tshark 4.0 looks for it in the last bit of its octet; MS-RTP draws it as the first, and SIPE has it there.
      [`${vsr}.num_entries`]: '2',
      [`${vsr}.entry_length`]: '68',
      [`${vsr}.entry.payload_type`]: '122,121',
      [`${vsr}.entry.ucconfig_mode`]: '1,0',
      [`${vsr}.entry.no_sp_baseline`]: '1,1',
      [`${vsr}.entry.max_width`]: '1280,640',
      [`${vsr}.entry.max_height`]: '720,480',
      [`${vsr}.entry.min_bitrate`]: '350000,350000',
      [`${vsr}.entry.bitrate_per_level`]: '10000,10000',
      [`${vsr}.entry.bitrate_histogram`]: '1,0,0,2,0,0,0,0,0,3,1,0,0,2,0,0,0,0,0,3',
      [`${vsr}.entry.musts`]: '0,0',
      [`${vsr}.entry.mays`]: '1,1',
      [`${vsr}.entry.quality_histogram`]: '1,0,0,0,0,0,0,4,1,0,0,0,0,0,0,4',
      [`${vsr}.entry.max_pixels`]: '921600,921600',
      '_ws.malformed': '',
    });
    expect(loss).toMatchObject({
      'rtcp.psfb.ms.pli.request_id': '770',
      'rtcp.psfb.ms.pli.sync_frame_request': '1,2,0,0,0,0,0,128',
      '_ws.malformed': '',
    });
  });
});

describe('what a Lync client says of its picture', () => {
  it('is read as it was written: 77 octets for one layer', () => {
    const unit = formatScalabilityInfo(INFO);
    expect(unit).toHaveLength(77);
    expect(parseScalabilityInfo(unit)).toEqual({ ok: true, value: INFO });
  });

  it('has the size of the parameter sets; those of high profiles, and cut ones, have none that is read', () => {
    const sizeOf = (hex: string) => parseSequenceParameters(Buffer.from(hex, 'hex'));
    expect(sizeOf('6742c00dd90141fb0110000003001000000301e0f142a480')).toEqual({
      codedWidth: 320,
      codedHeight: 240,
      displayWidth: 320,
      displayHeight: 240,
      constrainedBaseline: true,
    });
    expect(sizeOf('6742c01ed900a02ff97011000003000100000300 1e0f162e48'.replace(' ', ''))).toMatchObject({
      codedWidth: 640,
      codedHeight: 368,
      displayHeight: 360,
    });
    expect(sizeOf('6764001facd9405005bb016a02020280')).toBeUndefined();
    for (let bytes = 0; bytes < 8; bytes++) expect(sizeOf('6742c00dd90141fb'.slice(0, bytes * 2))).toBeUndefined();
  });

  it('survives every cut and every bit', () => {
    const unit = formatScalabilityInfo(INFO);
    for (let length = 0; length < unit.length; length++)
      expect(parseScalabilityInfo(unit.subarray(0, length)).ok).toBe(false);
    for (let bit = 0; bit < unit.length * 8; bit++) {
      const bad = Uint8Array.from(unit);
      bad[bit >> 3] = (bad[bit >> 3] as number) ^ (1 << (bit & 7));
      parseScalabilityInfo(bad);
    }
  });

  it('comes before each picture, with the count of its units, and is nothing to a decoder', () => {
    const packetizer = new H264UcPacketizer({ frameRate: 15, bitrateBps: 800_000 });
    const key = packetizer.packetize(annexB(SPS, PPS, IDR));
    const next = packetizer.packetize(annexB([0x41, 0x9a, 1, 2]));
    expect(packetizer.packetize(annexB())).toEqual([]);
    const infos = [key, next].map(([first]) => parseScalabilityInfo(first?.payload ?? new Uint8Array()));
    expect(infos.map((info) => info.ok && info.value)).toMatchObject([
      { decodingOrder: 0, isIdr: true, nalUnits: 3, referenceFrameCount: 0 },
      { decodingOrder: 1, isIdr: false, nalUnits: 1, referenceFrameCount: 1 },
    ]);
    expect([...key, ...next].map(({ marker }) => marker)).toEqual([false, false, false, false, true, false, true]);
    const depacketizer = new H264Depacketizer();
    const frames = rtp(key).flatMap((packet) => depacketizer.push(packet));
    expect(frames.map(({ data }) => [...data])).toEqual([[...annexB(SPS, PPS, IDR)]]);
  });

  it.skipIf(!hasTshark)('is to tshark what was meant', () => {
    const packets = rtp(
      new H264UcPacketizer({ frameRate: 30, bitrateBps: 1_500_000 }).packetize(annexB(SPS, PPS, IDR)),
    );
    const layout = 'h264.sei.ms.layout';
    const rows = tsharkFields(
      captureOf(packets.map(formatRtp), 5004),
      [
        'rtp.marker',
        'h264.nal_unit_hdr',
        ...['r', 'i', 'prid', 'n', 'did', 'qid', 'tid', 'o'].map((name) => `h264.nal_hdr_ext.${name}`),
        ...['t', 's', 'donc'].map((name) => `h264.pacsi.${name}`),
        'h264.sei.uuid',
        `${layout}.lpb`,
        ...['ldsize', 'coded_width', 'coded_height', 'display_width', 'display_height', 'bitrate', 'frame_rate'].map(
          (name) => `${layout}.desc.${name}`,
        ),
        ...['prid', 'constrained_baseline'].map((name) => `${layout}.desc.${name}`),
        'h264.sei.ms.bitstream_info.ref_frm_cnt',
      ],
      ['-d', 'udp.port==5004,rtp', '-o', 'h264.dynamic.payload.type:122'],
    );
    expect(rows.map((row) => row['_ws.malformed'])).toEqual(rows.map(() => ''));
    expect(rows.map((row) => row['h264.nal_unit_hdr']?.split(',')[0])).toEqual(['30', '24', '28', '28', '28']);
    expect(rows[0]).toMatchObject({
      'rtp.marker': '0',
      // The unit itself, and the two messages in it.
      'h264.nal_unit_hdr': '30,6,6',
      'h264.nal_hdr_ext.r': '1',
      'h264.nal_hdr_ext.i': '1',
      'h264.nal_hdr_ext.prid': '0',
      'h264.nal_hdr_ext.n': '1',
      'h264.nal_hdr_ext.did': '0',
      'h264.nal_hdr_ext.qid': '0',
      'h264.nal_hdr_ext.tid': '0',
      'h264.nal_hdr_ext.o': '1',
      'h264.pacsi.t': '1',
      'h264.pacsi.s': '1',
      'h264.pacsi.donc': '0',
      'h264.sei.uuid': '139fb1a9-446a-4dec-8cbf-65b1e12d2cfd,05fbc6b9-5a80-40e5-a22a-ab4020267e26',
      [`${layout}.lpb`]: '0x01,0x00,0x00,0x00,0x00,0x00,0x00,0x00',
      [`${layout}.desc.ldsize`]: '16',
      [`${layout}.desc.coded_width`]: '320',
      [`${layout}.desc.coded_height`]: '240',
      [`${layout}.desc.display_width`]: '320',
      [`${layout}.desc.display_height`]: '240',
      [`${layout}.desc.bitrate`]: '1500000',
      [`${layout}.desc.frame_rate`]: '4',
      [`${layout}.desc.prid`]: '0',
      [`${layout}.desc.constrained_baseline`]: '1',
      'h264.sei.ms.bitstream_info.ref_frm_cnt': '0',
    });
  });
});
