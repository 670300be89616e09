import { CODECS, type NegotiatedMedia } from '@plugfest/sdp';
import { describe, expect, test } from 'vitest';
import { viewFormatKey, viewFormatOf } from './view-format.ts';

const SETTINGS = { width: 640, height: 360, frameRate: 15, bitrateBps: 1_000_000 };

function line(change: Partial<NegotiatedMedia['codec']['h264']> = {}, bandwidthBps?: number): NegotiatedMedia {
  const { name, encodingName, clockRateHz, channels, payloadType } = CODECS.h264Mode1;
  const h264 = {
    packetizationMode: 1 as const,
    profile: 'constrained-baseline',
    sendLevel: 31,
    maxFrameSizeMacroblocks: 3600,
    maxMacroblocksPerSecond: 108_000,
    maxBitrateBps: 14_000_000,
    ...change,
  };
  const codec = {
    name,
    encodingName,
    clockRateHz,
    channels,
    payloadType,
    receivePayloadType: 97,
    fmtp: {},
    localFmtp: {},
    h264,
  };
  return { codec, bandwidthBps } as unknown as NegotiatedMedia;
}

describe('the format of a view', () => {
  test('is the conference’s where the viewer can take it', () => {
    expect(viewFormatOf(SETTINGS, line())).toEqual({ ...SETTINGS, codec: 'h264', inSlices: false });
  });

  test.each([
    [{ cif: '1', qcif: '1' }, 352, 288],
    [{ qcif: '2' }, 176, 144],
    [{}, 176, 144],
  ])('of H.263 with %j is %i×%i', (fmtp, width, height) => {
    const { codec } = line();
    const h263 = { codec: { ...codec, name: 'h263', h264: undefined, fmtp } } as unknown as NegotiatedMedia;
    expect(viewFormatOf(SETTINGS, h263)).toMatchObject({ codec: 'h263', width, height });
  });

  test('keeps NAL units small for packetization mode 0', () => {
    expect(viewFormatOf(SETTINGS, line({ packetizationMode: 0 })).inSlices).toBe(true);
  });

  test.each([
    [5_000_000, 1_000_000],
    [1_000_000, 1_000_000],
    [999_000, 768_000],
    [300_000, 256_000],
    [1000, 64_000],
  ])('at b= %i is sent at %i bit/s', (bandwidthBps, bitrateBps) => {
    expect(viewFormatOf(SETTINGS, line({}, bandwidthBps)).bitrateBps).toBe(bitrateBps);
    expect(viewFormatOf(SETTINGS, line(), bandwidthBps).bitrateBps).toBe(bitrateBps);
  });

  test.each([
    ['level 1.2: 396 macroblocks, 6000 a second', 396, 6000, { width: 320, height: 180 }],
    ['level 1: 99 macroblocks, 1485 a second', 99, 1485, { width: 160, height: 90 }],
    ['enough macroblocks, but too few a second', 3600, 6000, { width: 320, height: 180 }],
  ])('is smaller at %s', (_, maxFrameSizeMacroblocks, maxMacroblocksPerSecond, size) => {
    expect(viewFormatOf(SETTINGS, line({ maxFrameSizeMacroblocks, maxMacroblocksPerSecond }))).toMatchObject(size);
  });

  test('differs in its key where an encoder cannot be shared', () => {
    const keys = [line(), line({ packetizationMode: 0 }), line({}, 300_000)].map((media) =>
      viewFormatKey(viewFormatOf(SETTINGS, media)),
    );
    expect(new Set(keys).size).toBe(3);
  });
});
