import { AudioEncoder } from '@plugfest/media';
import type { AudioChunk, Clock } from '@plugfest/model';
import type { RtpPacket } from '@plugfest/rtp';
import { afterEach, describe, expect, it } from 'vitest';
import { Sound } from './sound.ts';

const CHUNK_US = 20_000;
const START_US = 1_000_000_000;

let sound: Sound | undefined;
afterEach(() => sound?.close());

/** A tone, packet by packet, as it arrives: packet n `arrivals[n]` µs after the first was sent, undefined where it is lost. Ticks come when `ticks` says. */
function play(arrivals: readonly (number | undefined)[], ticks: readonly number[]): AudioChunk[] {
  const played: AudioChunk[] = [];
  let nowUs = START_US;
  const clock: Clock = { nowUs: () => nowUs, schedule: () => ({ cancel: () => {} }) };
  sound = new Sound({ codec: 'pcmu', clockRateHz: 8000, clock, onPlayed: (chunk) => played.push(chunk) });
  const encoder = AudioEncoder.open({ codec: 'pcmu' });
  const samples = Int16Array.from({ length: 960 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 500 * i) / 48_000));
  const packets = arrivals.map((arrivalUs, n) => {
    const [payload = new Uint8Array()] = encoder.encode({ samples, sampleRateHz: 48_000, channels: 1, ptsUs: 0 });
    const packet = { payloadType: 0, ssrc: 1, sequenceNumber: n, timestamp: 160 * n, marker: false, payload };
    return { arrivalUs, packet: packet as unknown as RtpPacket };
  });
  encoder.close();
  const happenings = [
    ...packets.flatMap(({ arrivalUs, packet }) => (arrivalUs === undefined ? [] : [{ atUs: arrivalUs, packet }])),
    ...ticks.map((atUs) => ({ atUs, packet: undefined })),
  ].sort((a, b) => a.atUs - b.atUs);
  for (const { atUs, packet } of happenings) {
    nowUs = START_US + atUs;
    if (packet) sound.receive(packet, nowUs);
    else sound.tick();
  }
  return played;
}

const count = (length: number): number[] => Array.from({ length }, (_, i) => i);
const everyUs = (stepUs: number, untilUs: number): number[] =>
  count(Math.floor(untilUs / stepUs)).map((i) => i * stepUs);
const steps = (played: readonly AudioChunk[]): number[] =>
  played.slice(1).map(({ ptsUs }, i) => Math.round(ptsUs - (played[i]?.ptsUs ?? 0)));
const level = ({ samples }: AudioChunk): number => Math.hypot(...samples) / Math.sqrt(samples.length);
/** Deterministic, 0..1. */
const noise = (n: number): number => Math.abs(Math.sin(n * 12.9898) * 43_758.5453) % 1;

describe('the play-out of sound', () => {
  it('has no gap and no jump while packets jitter and ticks come late', () => {
    const arrivals = count(200).map((n) => n * CHUNK_US + noise(n) * 25_000);
    const played = play(
      [0, ...arrivals.slice(1)],
      everyUs(5000, 5_000_000).filter((_, i) => i % 40 < 30),
    );
    expect(played).toHaveLength(200);
    expect(new Set(steps(played))).toEqual(new Set([CHUNK_US]));
    expect((played[0]?.ptsUs ?? 0) - START_US).toBe(30_000);
    for (const chunk of played.slice(1)) expect(level(chunk)).toBeGreaterThan(5000);
  });

  it('keeps its place where packets are lost', () => {
    const arrivals = count(100).map((n) => (n >= 50 && n < 53 ? undefined : n * CHUNK_US));
    const played = play(arrivals, everyUs(5000, 2_500_000));
    expect(played).toHaveLength(100);
    expect(new Set(steps(played))).toEqual(new Set([CHUNK_US]));
    expect(level(played[53] as AudioChunk)).toBeGreaterThan(5000);
    expect(level(played[52] as AudioChunk)).toBeLessThan(level(played[53] as AudioChunk));
  });

  it('goes on in step after a stall of the path; what came too late is not played', () => {
    const arrivals = count(100).map((n) => (n >= 50 && n < 60 ? 60 : n) * CHUNK_US);
    const played = play(arrivals, everyUs(5000, 2_500_000));
    expect(played).toHaveLength(100);
    expect(new Set(steps(played))).toEqual(new Set([CHUNK_US]));
    expect(level(played[54] as AudioChunk)).toBeLessThan(1500);
    expect(level(played[62] as AudioChunk)).toBeGreaterThan(5000);
  });

  it('leaves a gap where the sender paused, and follows a path that became longer', () => {
    const arrivals = count(500).map((n) => n * CHUNK_US + (n < 100 ? 0 : 100_000));
    const played = play(arrivals, everyUs(5000, 11_000_000));
    const gaps = steps(played).filter((step) => step !== CHUNK_US);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toBe(CHUNK_US + 100_000);
    expect(level(played.at(-1) as AudioChunk)).toBeGreaterThan(5000);
  });
});
