import { execFileSync } from 'node:child_process';
import { findTool } from '@plugfest/host';
import { describe, expect, it } from 'vitest';
import { AudioDecoder } from './audio-decoder.ts';
import { AudioEncoder } from './audio-encoder.ts';
import type { AudioCodecName } from './codec-names.ts';
import { decodeG711, encodeG711, type G711Law } from './g711.ts';
import { MixMinus } from './mix-minus.ts';
import { RateConverter } from './rate-converter.ts';

const TICKS = 100;
const speechLike = Int16Array.from({ length: TICKS * 960 }, (_, i) => {
  const swell = 0.6 + 0.4 * Math.sin(i / 7001);
  return (
    swell *
    (7000 * Math.sin((i * 2 * Math.PI * 310) / 48_000) +
      3000 * Math.sin((i * 2 * Math.PI * 1730) / 48_000 + i / 90_001))
  );
});
const tick = (
  n: number,
  samples = speechLike,
): { samples: Int16Array; sampleRateHz: number; channels: number; ptsUs: number } => ({
  samples: samples.subarray(n * 960, (n + 1) * 960),
  sampleRateHz: 48_000,
  channels: 1,
  ptsUs: n * 20_000,
});

/** The best normalised correlation over delays of 0..20 ms, and that delay in samples. */
function align(sent: Int16Array, heard: Int16Array): { correlation: number; delay: number } {
  let best = { correlation: -1, delay: 0 };
  for (let delay = 0; delay < 960; delay++) {
    let [cross, a, b] = [0, 0, 0];
    for (let i = 30_000; i < 60_000; i += 3) {
      const [x, y] = [sent[i] as number, heard[i + delay] as number];
      cross += x * y;
      a += x * x;
      b += y * y;
    }
    const correlation = cross / Math.sqrt(a * b);
    if (correlation > best.correlation) best = { correlation, delay };
  }
  return best;
}

describe.each<[AudioCodecName, number]>([
  ['opus', 1275],
  ['g722', 160],
  ['pcmu', 160],
  ['pcma', 160],
])('%s', (codec, payloadBytes) => {
  it('carries sound of 20 ms a payload, little delayed and well alike', () => {
    using encoder = AudioEncoder.open({ codec });
    using decoder = AudioDecoder.open({ codec });
    const heard = new Int16Array(TICKS * 960);
    for (let n = 0; n < TICKS; n++) {
      const payloads = encoder.encode(tick(n));
      expect(payloads.length).toBe(1);
      expect((payloads[0] as Uint8Array).length).toBeLessThanOrEqual(payloadBytes);
      const chunk = decoder.decode(payloads[0] as Uint8Array, n * 20_000);
      expect([chunk.samples.length, chunk.sampleRateHz, chunk.channels, chunk.ptsUs]).toEqual([
        960,
        48_000,
        1,
        n * 20_000,
      ]);
      heard.set(chunk.samples, n * 960);
    }
    const { correlation, delay } = align(speechLike, heard);
    expect(correlation).toBeGreaterThan(0.99);
    expect(delay / 48).toBeLessThan(8);
    expect(decoder.faults).toBe(0);
  });

  it('goes from the last sound to silence while payloads are lost, and on in time afterwards', () => {
    using encoder = AudioEncoder.open({ codec });
    using decoder = AudioDecoder.open({ codec });
    for (let n = 0; n < 5; n++) decoder.decode(encoder.encode(tick(n))[0] as Uint8Array, n * 20_000);
    const energies = Array.from({ length: 8 }, (_, k) => {
      const chunk = decoder.conceal();
      expect([chunk.samples.length, chunk.ptsUs]).toEqual([960, (5 + k) * 20_000]);
      return chunk.samples.reduce((sum, sample) => sum + sample ** 2, 0);
    });
    expect(energies[0]).toBeGreaterThan(0);
    expect(energies).toEqual([...energies].sort((a, b) => b - a));
    expect(energies.at(-1)).toBe(0);
  });
});

it('an empty or impossible Opus payload is counted and concealed', () => {
  using decoder = AudioDecoder.open({ codec: 'opus' });
  expect(decoder.decode(new Uint8Array(0), 0).samples.length).toBe(960);
  expect(decoder.decode(Uint8Array.of(0xff, 0xff, 1, 2), 0).samples.length).toBe(960);
  expect(decoder.faults).toBe(2);
});

it('an encoder takes chunks of any length and gives payloads of 20 ms', () => {
  using encoder = AudioEncoder.open({ codec: 'pcmu' });
  const counts = [500, 460, 1920, 100].map(
    (length) => encoder.encode({ ...tick(0), samples: new Int16Array(length) }).length,
  );
  expect(counts).toEqual([0, 1, 2, 0]);
});

describe.each<[G711Law, string]>([
  ['pcmu', 'mulaw'],
  ['pcma', 'alaw'],
])('G.711 %s', (law, format) => {
  it('expands every code as the ffmpeg command does', async (context) => {
    const ffmpeg = await findTool('ffmpeg');
    if (!ffmpeg.found) return context.skip(`no ffmpeg: ${ffmpeg.reason}`);
    const codes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const args = ['-v', 'error', '-f', format, '-ar', '8000', '-i', '-', '-f', 's16le', '-'];
    const raw = Uint8Array.from(execFileSync(ffmpeg.path, args, { input: codes }));
    expect(Array.from(decodeG711(law, codes))).toEqual(Array.from(new Int16Array(raw.buffer)));
  });

  it('compresses each level to itself, and each sample to the nearest level', () => {
    const levels = decodeG711(
      law,
      Uint8Array.from({ length: 256 }, (_, i) => i),
    );
    expect(Array.from(decodeG711(law, encodeG711(law, levels)))).toEqual(Array.from(levels));
    for (let sample = -32_768; sample < 32_768; sample += 97) {
      const [level] = decodeG711(law, encodeG711(law, Int16Array.of(sample)));
      const nearest = Math.min(...Array.from(levels, (other) => Math.abs(other - sample)));
      expect(Math.abs((level as number) - sample)).toBe(nearest);
    }
  });
});

describe('rate conversion', () => {
  it.each([3, 6])('by %i and back has no seam between chunks of any length', (factor) => {
    const whole = new RateConverter('up', factor).convert(new RateConverter('down', factor).convert(speechLike));
    const [down, up] = [new RateConverter('down', factor), new RateConverter('up', factor)];
    const pieces: number[] = [];
    for (let at = 0, step = 1; at < speechLike.length; at += step * factor, step = (step * 7) % 331) {
      pieces.push(
        ...up.convert(down.convert(speechLike.subarray(at, Math.min(speechLike.length, at + step * factor)))),
      );
    }
    expect(pieces.length).toBe(whole.length);
    expect(pieces.every((sample, i) => sample === whole[i])).toBe(true);
  });

  it('keeps out what the slower rate cannot carry', () => {
    const tone = Int16Array.from({ length: 9600 }, (_, i) => 12_000 * Math.sin((i * 2 * Math.PI * 6000) / 48_000));
    const kept = new RateConverter('down', 6).convert(tone).subarray(100);
    expect(Math.max(...kept.map(Math.abs))).toBeLessThan(12_000 / 200);
  });
});

describe('mix minus', () => {
  const of = (value: number): ReturnType<typeof tick> => ({ ...tick(0), samples: new Int16Array(960).fill(value) });

  it('gives everybody all others, and a stranger everybody', () => {
    const mix = new MixMinus();
    for (const [id, value] of [
      ['a', 100],
      ['b', 20],
      ['c', 3],
    ] as const)
      mix.add(id, of(value));
    expect(['a', 'b', 'c', 'nobody'].map((id) => mix.mixFor(id)[500])).toEqual([23, 103, 120, 123]);
  });

  it('saturates instead of wrapping, and still takes the own voice out exactly', () => {
    const mix = new MixMinus();
    for (const id of ['a', 'b', 'c']) mix.add(id, of(30_000));
    mix.add('d', of(-30_000));
    expect(mix.mixFor('d')[0]).toBe(32_767);
    expect(mix.mixFor('a')[0]).toBe(30_000);
  });

  it('forgets a tick, and a second chunk replaces the first', () => {
    const mix = new MixMinus();
    mix.add('a', of(100));
    mix.add('a', of(7));
    expect(mix.mixFor('b')[0]).toBe(7);
    expect(mix.level('a')).toBeCloseTo(20 * Math.log10(7 / 32_768), 6);
    mix.nextTick();
    expect(mix.mixFor('b')[0]).toBe(0);
    expect(mix.level('a')).toBe(-127);
  });
});
