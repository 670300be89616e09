import { execFileSync } from 'node:child_process';
import { findTool } from '@plugfest/host';
import type { VideoFrame } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import type { VideoCodecName } from './codec-names.ts';
import { type DecodedPicture, VideoDecoder } from './video-decoder.ts';
import { type EncodedFrame, VideoEncoder, type VideoEncoderOptions } from './video-encoder.ts';

const SIZE = { width: 320, height: 180 } as const;

function moving(n: number, { width, height } = SIZE as { width: number; height: number }): VideoFrame {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      data[y * width + x] = 120 + 60 * Math.sin((x + 3 * n) / 21) * Math.cos((y + n) / 13);
  }
  return { width, height, data, ptsUs: 1_000_000 + n * 66_667 };
}

function encode(frames: number, options: Partial<VideoEncoderOptions> = {}, keyFrames: number[] = []): EncodedFrame[] {
  using encoder = VideoEncoder.open({ codec: 'h264', ...SIZE, frameRate: 15, bitrateBps: 300_000, ...options });
  return Array.from({ length: frames }, (_, n) =>
    encoder.encode(moving(n), { keyFrame: keyFrames.includes(n) }),
  ).flat();
}

function nalUnits(accessUnit: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(accessUnit);
  const starts: number[] = [];
  for (let at = bytes.indexOf('000001', 0, 'hex'); at >= 0; at = bytes.indexOf('000001', at + 3, 'hex'))
    starts.push(at + 3);
  return starts.map((start, i) => {
    const next = starts[i + 1];
    const end = next === undefined ? bytes.length : next - 3;
    return bytes.subarray(start, next !== undefined && bytes[end - 1] === 0 ? end - 1 : end);
  });
}

function psnr(a: Uint8Array, b: Uint8Array): number {
  const sum = a.reduce((total, value, i) => total + (value - (b[i] as number)) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * a.length) / sum);
}

describe.each<VideoCodecName>(['h264', 'vp8', 'vp9', 'av1', 'h263'])('%s', (codec) => {
  it('gives out every picture at once, with its own time, and close to what was sent', () => {
    using decoder = VideoDecoder.open({ codec });
    for (const [n, { data, ptsUs }] of encode(20, { codec }).entries()) {
      const pictures = decoder.decode(data, ptsUs);
      expect(pictures.map((picture) => picture.ptsUs)).toEqual([moving(n).ptsUs]);
      expect(psnr((pictures[0] as DecodedPicture).toFrame().data, moving(n).data)).toBeGreaterThan(30);
      pictures[0]?.release();
    }
    expect(decoder.faults).toBe(0);
  });

  it('sends a key frame first and on demand, and no other', () => {
    const keys = encode(40, { codec }, [17]).flatMap(({ keyFrame }, n) => (keyFrame ? [n] : []));
    expect(keys).toEqual([0, 17]);
  });

  it('keeps to its bit rate, and to a new one', () => {
    using encoder = VideoEncoder.open({ codec, ...SIZE, frameRate: 15, bitrateBps: 200_000 });
    const noisy = (n: number): VideoFrame => {
      const frame = moving(n);
      frame.data.forEach((value, i) => {
        frame.data[i] = value + ((i * 7 + n * 13) % 17);
      });
      return frame;
    };
    const bitsPerSecond = (from: number, to: number): number => {
      let bytes = 0;
      for (let n = from; n < to; n++) bytes += encoder.encode(noisy(n)).reduce((sum, { data }) => sum + data.length, 0);
      return (bytes * 8 * 15) / (to - from);
    };
    expect(bitsPerSecond(0, 90)).toBeLessThan(200_000 * 1.2);
    encoder.setBitrate(80_000);
    bitsPerSecond(90, 105);
    expect(bitsPerSecond(105, 180)).toBeLessThan(80_000 * 1.25);
  });

  it('counts garbage and loss, throws nothing, and recovers at the next key frame', () => {
    using decoder = VideoDecoder.open({ codec });
    const stream = encode(30, { codec }, [20]);
    let recovered = 0;
    for (const [n, { data, ptsUs }] of stream.entries()) {
      const damaged = Uint8Array.from(data, (byte, i) => (n >= 5 && n < 20 && i % 11 === 3 ? byte ^ 0x5a : byte));
      if (n >= 10 && n < 15) continue;
      for (const picture of decoder.decode(damaged, ptsUs)) {
        if (n >= 20 && psnr(picture.toFrame().data, moving(n).data) > 30) recovered++;
        picture.release();
      }
    }
    decoder.decode(new Uint8Array(0), 0);
    decoder.decode(
      Uint8Array.from({ length: 300 }, (_, i) => (i * 89) & 0xff),
      0,
    );
    expect(recovered).toBe(10);
    expect(decoder.faults).toBeGreaterThan(0);
  });
});

describe('H.264 for packetization mode 0', () => {
  it('has no NAL unit over the limit, also in a key frame of 640×360', () => {
    const size = { width: 640, height: 360 };
    using encoder = VideoEncoder.open({
      codec: 'h264',
      ...size,
      frameRate: 15,
      bitrateBps: 900_000,
      maxSliceBytes: 1200,
    });
    const noise = (n: number): VideoFrame => {
      const frame = moving(n, size);
      for (let i = 0; i < size.width * size.height; i++) frame.data[i] = (frame.data[i] as number) + ((i * i + n) % 29);
      return frame;
    };
    const sizes = [0, 1, 2].flatMap((n) =>
      encoder.encode(noise(n)).flatMap(({ data }) => nalUnits(data).map((nal) => nal.length)),
    );
    expect(sizes.length).toBeGreaterThan(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1200);
  });

  it('is constrained baseline, and repeats SPS and PPS before each IDR picture', () => {
    for (const { data, keyFrame } of encode(12, {}, [6])) {
      const types = nalUnits(data).map((nal) => (nal[0] as number) & 0x1f);
      if (!keyFrame) expect(types).not.toContain(7);
      else {
        const idr = types.indexOf(5);
        expect(types.indexOf(7)).toBeGreaterThanOrEqual(0);
        expect(types.indexOf(8)).toBeGreaterThan(types.indexOf(7));
        expect(idr).toBeGreaterThan(types.indexOf(8));
        const sps = nalUnits(data)[types.indexOf(7)] as Uint8Array;
        expect([sps[1], (sps[2] as number) & 0x40]).toEqual([66, 0x40]);
      }
    }
  });

  it('is decoded by the ffmpeg command, every picture', async (context) => {
    const ffmpeg = await findTool('ffmpeg');
    if (!ffmpeg.found) return context.skip(`no ffmpeg: ${ffmpeg.reason}`);
    const stream = Buffer.concat(encode(20, { maxSliceBytes: 400 }).map(({ data }) => data));
    const args = ['-v', 'error', '-f', 'h264', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-'];
    const pictures = execFileSync(ffmpeg.path, args, { input: stream, maxBuffer: 1 << 26 });
    const bytes = (SIZE.width * SIZE.height * 3) / 2;
    expect(pictures.length).toBe(20 * bytes);
    expect(psnr(pictures.subarray(19 * bytes), moving(19).data)).toBeGreaterThan(30);
  });
});
