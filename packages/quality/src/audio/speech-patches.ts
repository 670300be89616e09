const CHUNK_RMS = 5000 / 32_768;
/** A pause begins with the third quiet chunk in a row. */
const QUIET_CHUNKS = 3;

/**
 * Patches of `patchFrames` frames of the reference that hold speech, by their first frame. Loudness is that of 20 ms chunks against the largest sample;
 * the chunks are counted from sample `first`, not from frame `first`: so does the original, and its scores with it.
 */
export function speechPatches(
  samples: Float64Array,
  frames: number,
  hop: { readonly samples: number; readonly exact: number },
  patchFrames: number,
): number[] {
  const first = patchFrames / 2 - 1;
  const count = Math.max(0, Math.floor((frames - first) / patchFrames));
  const total = count * Math.trunc(patchFrames * hop.exact);
  const isLoud = loudChunks(samples.subarray(first, first + total), hop.samples, largestOf(samples));
  const isSpeech = (chunk: number): boolean => {
    if (chunk < QUIET_CHUNKS - 1) return true;
    for (let back = 0; back < QUIET_CHUNKS; back++) if (isLoud[chunk - back]) return true;
    return false;
  };
  return Array.from({ length: count }, (_, patch) => patch * patchFrames)
    .filter((start) => {
      for (let chunk = start; chunk < Math.min(start + patchFrames, isLoud.length); chunk++) {
        if (isSpeech(chunk)) return true;
      }
      return false;
    })
    .map((start) => start + first);
}

function loudChunks(samples: Float64Array, length: number, fullScale: number): boolean[] {
  return Array.from({ length: Math.floor(samples.length / length) }, (_, chunk) => {
    let sum = 0;
    for (let i = chunk * length; i < (chunk + 1) * length; i++) {
      const scaled = Math.max(-1, Math.min(32_767 / 32_768, (samples[i] as number) / fullScale));
      sum += (Math.trunc(scaled * 32_768) / 32_768) ** 2;
    }
    return Math.sqrt(sum / length) >= CHUNK_RMS;
  });
}

function largestOf(samples: Float64Array): number {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, sample);
  return largest;
}
