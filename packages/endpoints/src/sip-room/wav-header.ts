const HEADER_BYTES = 44;
const BYTES_PER_SAMPLE = 4;
const IEEE_FLOAT = 3;

/**
 * The head of a WAV stream without an end: 32-bit floats, mono. ffmpeg reads such a stream in blocks of a size that can be chosen (raw samples
 * only in blocks that are longer than a packet), and at once (of whole numbers it reads 64 KiB first, in search of S/PDIF).
 */
export function wavHeader(sampleRateHz: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(0xffff_ffff, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(IEEE_FLOAT, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * BYTES_PER_SAMPLE, 28);
  header.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  header.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(0xffff_ffff, 40);
  return header;
}

/** Samples as such a stream carries them. */
export function wavSamples(samples: Int16Array): Uint8Array {
  return new Uint8Array(Float32Array.from(samples, (sample) => sample / 32_768).buffer);
}
