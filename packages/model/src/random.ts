/** Randomness as a port: everything random in a run comes from the run's seed. */
export interface Random {
  /** A float in [0, 1). */
  next(): number;
  /** An unsigned 32-bit integer. */
  uint32(): number;
  /** `length` characters of [0-9a-z]. */
  token(length: number): string;
  /** An independent stream, named, so that one consumer more does not shift the others. */
  fork(name: string): Random;
}

const TOKEN_ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz';

/** A seeded generator (SplitMix32): not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const uint32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return {
    uint32,
    next: () => uint32() / 2 ** 32,
    token: (length) => {
      let token = '';
      for (let n = 0; n < length; n++) token += TOKEN_ALPHABET[uint32() % TOKEN_ALPHABET.length];
      return token;
    },
    fork: (name) => seededRandom(fnv1a(name, seed)),
  };
}

function fnv1a(text: string, seed: number): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
