import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilterGraph, Frame } from 'node-av';
import type { Sound } from './sound.ts';

/** What FFmpeg's ebur128 filter says of a sound at its end, for tests only: an independent implementation to be held against. */
export function ebur128(sound: Sound): { integratedLufs: number; rangeLu: number; truePeakDbtp: number } {
  const folder = mkdtempSync(join(tmpdir(), 'plugfest-ebur128-'));
  try {
    writeFileSync(join(folder, 'sound.wav'), waveOf(sound));
    const log = join(folder, 'log');
    drain(
      `amovie=${join(folder, 'sound.wav')},ebur128=metadata=1:peak=true,ametadata=mode=print:file=${log},abuffersink`,
    );
    const last = (name: string): number =>
      Number([...readFileSync(log, 'utf8').matchAll(new RegExp(`${name}=(\\S+)`, 'g'))].at(-1)?.[1]);
    return {
      integratedLufs: last('lavfi\\.r128\\.I'),
      rangeLu: last('lavfi\\.r128\\.LRA'),
      truePeakDbtp: 20 * Math.log10(last('lavfi\\.r128\\.true_peaks_ch0')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function drain(text: string): void {
  const graph = new FilterGraph();
  graph.alloc();
  if (graph.parse2(text) < 0 || graph.configSync() < 0) throw new Error(`FFmpeg refuses ${text}`);
  const sink = graph.filters?.find(({ name }) => name?.includes('buffersink'));
  const frame = new Frame();
  frame.alloc();
  while (sink && sink.buffersinkGetFrameSync(frame) >= 0) frame.unref();
  frame.free();
  graph.free();
}

/** As a wav file of 32-bit floats. */
export function waveOf({ samples, sampleRateHz }: Sound): Buffer {
  const bytes = 4 * samples.length;
  const file = Buffer.alloc(44 + bytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + bytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(3, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(sampleRateHz, 24);
  file.writeUInt32LE(4 * sampleRateHz, 28);
  file.writeUInt16LE(4, 32);
  file.writeUInt16LE(32, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(bytes, 40);
  for (const [i, sample] of samples.entries()) file.writeFloatLE(sample, 44 + 4 * i);
  return file;
}
