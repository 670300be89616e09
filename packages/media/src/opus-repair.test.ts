import { seededRandom } from '@plugfest/model';
import { beforeAll, describe, expect, it } from 'vitest';
import { AudioDecoder } from './audio-decoder.ts';
import { AudioEncoder } from './audio-encoder.ts';
import { loadOpusRepair, OpusRepair, tellsOfBefore } from './opus-repair.ts';

const TICKS = 250;
/** One in ten, alone. */
const isLost = (n: number): boolean => n >= 20 && n % 10 === 7;

beforeAll(loadOpusRepair);

/** Syllables of a pitch that glides: what was said before tells little of what comes. */
const voice = Int16Array.from({ length: TICKS * 960 }, (_, i) => {
  const time = i / 48_000;
  const phase = 2 * Math.PI * (150 * time + 8 * Math.sin(2 * Math.PI * 1.3 * time));
  const loudness = Math.max(0, Math.sin(2 * Math.PI * 4 * time)) ** 0.5;
  return 5000 * loudness * (Math.sin(phase) + 0.6 * Math.sin(2 * phase) + 0.4 * Math.sin(5 * phase));
});

function coded(forwardErrorCorrection: boolean): Uint8Array[] {
  using encoder = AudioEncoder.open({ codec: 'opus', forwardErrorCorrection });
  return Array.from({ length: TICKS }, (_, n) => {
    const samples = voice.subarray(n * 960, (n + 1) * 960);
    return encoder.encode({ samples, sampleRateHz: 48_000, channels: 1, ptsUs: n * 20_000 })[0] as Uint8Array;
  });
}

interface Way {
  readonly repairs: boolean;
  readonly looksAhead: boolean;
}

/** What is off in the lost ticks against what is heard where nothing is lost, as a part of it: 0 is all restored, 1 as bad as silence. */
function missedOf(packets: readonly Uint8Array[], { repairs, looksAhead }: Way): number {
  using whole = AudioDecoder.open({ codec: 'opus' });
  using broken = AudioDecoder.open({ codec: 'opus', repairs });
  let [error, energy] = [0, 0];
  for (const [n, packet] of packets.entries()) {
    const { samples: said } = whole.decode(packet, n * 20_000);
    const next = looksAhead ? packets[n + 1] : undefined;
    const { samples: heard } = isLost(n) ? broken.conceal(next) : broken.decode(packet, n * 20_000);
    expect(heard.length).toBe(960);
    if (!isLost(n)) continue;
    for (let i = 0; i < 960; i++) {
      error += ((heard[i] as number) - (said[i] as number)) ** 2;
      energy += (said[i] as number) ** 2;
    }
  }
  return error / energy;
}

describe('a lost tick', () => {
  it('is restored from the packet after it, where that tells of it', () => {
    const packets = coded(true);
    expect(packets.filter(tellsOfBefore).length).toBeGreaterThan(TICKS / 2);
    const [faded, extrapolated, restored] = [
      missedOf(packets, { repairs: false, looksAhead: true }),
      missedOf(packets, { repairs: true, looksAhead: false }),
      missedOf(packets, { repairs: true, looksAhead: true }),
    ];
    expect(restored).toBeLessThan(0.25);
    expect(restored).toBeLessThan(extrapolated / 2);
    expect(extrapolated).toBeLessThan(faded);
  });

  it('is made up from what was said before where nothing tells of it', () => {
    const packets = coded(false);
    expect(packets.filter(tellsOfBefore)).toEqual([]);
    const [faded, ahead] = [false, true].map((repairs) => missedOf(packets, { repairs, looksAhead: true }));
    expect(ahead).toBeLessThan(faded as number);
  });
});

it('several in a row end in silence, and what comes after them is heard', () => {
  const packets = coded(true);
  using decoder = AudioDecoder.open({ codec: 'opus', repairs: true });
  for (const packet of packets.slice(0, 30)) decoder.decode(packet, 0);
  const energies = Array.from({ length: 7 }, () => decoder.conceal().samples.reduce((sum, s) => sum + s ** 2, 0));
  expect(energies[0]).toBeGreaterThan(0);
  expect(energies.slice(5)).toEqual([0, 0]);
  const { samples } = decoder.decode(packets[38] as Uint8Array, 0);
  expect(samples.some((sample) => Math.abs(sample) > 1000)).toBe(true);
});

it('is not led astray by packets of other lengths and other bytes', () => {
  const random = seededRandom(7);
  const repair = new OpusRepair();
  expect(repair.restore()).toBeUndefined();
  for (let n = 0; n < 2000; n++) {
    const packet = Uint8Array.from({ length: 1 + Math.floor(random.next() * 60) }, () => random.uint32());
    expect(() => tellsOfBefore(packet)).not.toThrow();
    if (n % 3 === 0) repair.heard(packet);
    const restored = repair.restore(n % 2 === 0 ? packet : undefined);
    expect([undefined, 960]).toContain(restored?.length);
  }
  // Ten milliseconds are no tick.
  for (let n = 0; n < 6; n++) repair.heard(Uint8Array.of(0xf0, 0xff, 0xfe));
  expect(repair.restore()).toBeUndefined();
});
