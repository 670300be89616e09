import { err, ok, type ParseFault, type Result } from '@plugfest/model';

/** 16-bit mono sound. */
export interface Sound {
  readonly samples: Int16Array;
  readonly sampleRateHz: number;
}

const PCM = 1;

/** Reads a RIFF/WAVE file of 16-bit mono PCM; lengths that a pipe's writer could not know are cut to what is there. */
export function parseWav(bytes: Uint8Array): Result<Sound, ParseFault> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let sampleRateHz = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = String.fromCharCode(...bytes.subarray(at, at + 4));
    const length = Math.min(view.getUint32(at + 4, true), bytes.length - at - 8);
    if (id === 'fmt ' && length >= 16) {
      const [format, channels, bits] = [
        view.getUint16(at + 8, true),
        view.getUint16(at + 10, true),
        view.getUint16(at + 22, true),
      ];
      if (format !== PCM || channels !== 1 || bits !== 16)
        return fault('unsupported-format', at, 'not 16-bit mono PCM');
      sampleRateHz = view.getUint32(at + 12, true);
    }
    if (id === 'data') {
      if (sampleRateHz === 0) return fault('no-format', at, 'data before fmt');
      // Not bytes.slice: of a Buffer that would be a view on all of its memory.
      const even = Uint8Array.from(bytes.subarray(at + 8, at + 8 + (length & ~1)));
      return ok({ samples: new Int16Array(even.buffer), sampleRateHz });
    }
    at += 8 + length + (length & 1);
  }
  return fault('no-data', bytes.length, 'no data chunk');
}

function fault(code: string, offset: number, text: string): Result<Sound, ParseFault> {
  return err({ code, offset, section: 'RIFF/WAVE', text });
}
