/** G.711 companding, by table in both directions. @see ITU-T G.711 @see RFC 3551 §4.5.14 */
export type G711Law = 'pcmu' | 'pcma';

const BIAS = 0x84;

function expandMu(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + BIAS) << ((inverted >> 4) & 7)) - BIAS;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function expandA(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = ((toggled & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

const EXPAND: Record<G711Law, Int16Array> = {
  pcmu: Int16Array.from({ length: 256 }, (_, code) => expandMu(code)),
  pcma: Int16Array.from({ length: 256 }, (_, code) => expandA(code)),
};

/** For each 16-bit sample (as unsigned index) the code whose level is nearest: exact, and no branch a sample. */
const COMPRESS: Record<G711Law, Uint8Array> = { pcmu: compression(EXPAND.pcmu), pcma: compression(EXPAND.pcma) };

function compression(expand: Int16Array): Uint8Array {
  const levels = Array.from(expand, (level, code) => ({ level, code })).sort((a, b) => a.level - b.level);
  const table = new Uint8Array(65_536);
  let nearest = 0;
  for (let sample = -32_768; sample < 32_768; sample++) {
    const gap = (at: number): number => Math.abs((levels[at]?.level ?? Number.POSITIVE_INFINITY) - sample);
    while (gap(nearest + 1) <= gap(nearest)) nearest++;
    table[sample & 0xffff] = levels[nearest]?.code ?? 0;
  }
  return table;
}

/** 8 kHz samples to one byte each. */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const table = COMPRESS[law];
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) bytes[i] = table[(samples[i] as number) & 0xffff] as number;
  return bytes;
}

export function decodeG711(law: G711Law, bytes: Uint8Array): Int16Array {
  const table = EXPAND[law];
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) samples[i] = table[bytes[i] as number] as number;
  return samples;
}
