import { existsSync, readFileSync } from 'node:fs';
import type { Sound } from './sound.ts';

/** The sound of a 16-bit PCM wav file, its channels averaged, for tests only; undefined where there is no such file. */
export function readWave(path: string | URL): Sound | undefined {
  if (!existsSync(path)) return undefined;
  const file = readFileSync(path);
  let [channels, sampleRateHz] = [1, 0];
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    if (name === 'fmt ') [channels, sampleRateHz] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 12)];
    if (name === 'data') return { sampleRateHz, samples: mono(file.subarray(at + 8, at + 8 + size), channels) };
    at += 8 + size + (size % 2);
  }
  return undefined;
}

function mono(data: Buffer, channels: number): Float32Array {
  const samples = new Float32Array(Math.floor(data.length / 2 / channels));
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += data.readInt16LE(2 * (i * channels + channel));
    samples[i] = sum / channels / 32_768;
  }
  return samples;
}
