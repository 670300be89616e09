import { err, ok, type Result } from '@plugfest/model';
import { words } from './attribute.ts';
import { readNumber } from './parse-sdp.ts';
import type { SdesKey, SdesSuite } from './sdes-key.ts';

/** Bytes of master key and salt. */
export const SDES_SUITES: Readonly<Record<SdesSuite, { readonly keyBytes: number; readonly saltBytes: number }>> = {
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14 },
  AES_CM_128_HMAC_SHA1_32: { keyBytes: 16, saltBytes: 14 },
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12 },
};

/** Session parameters that we can act on; one with a leading `-` may be passed over. @see RFC 4568 §6.3 */
const HONOURED_PARAMETERS: readonly string[] = ['UNENCRYPTED_SRTP', 'UNENCRYPTED_SRTCP', 'KDR=0'];
const DECLARATIVE_PREFIX = 'WSH=';

/** SRTP keeps packet indices of 48 bits: no key outlives that. */
const MAX_LIFETIME = 2n ** 48n;

/** Codes are `unknown-suite`, `unsupported-parameter` (both may be passed over) and `malformed-crypto`; none repeats a byte of the key. */
export type CryptoFault = 'unknown-suite' | 'unsupported-parameter' | 'malformed-crypto';

/**
 * Reads the value of an `a=crypto`. Of several keys in one line the first counts.
 * @see RFC 4568 §9.1
 */
export function parseCryptoAttribute(value: string): Result<SdesKey, CryptoFault> {
  const [tagText, suiteText, keyParameters, ...sessionParameters] = words(value);
  const tag = readNumber(tagText, 999_999_999);
  if (tag === undefined || suiteText === undefined || keyParameters === undefined) return err('malformed-crypto');
  const suite = suiteText.toUpperCase();
  if (!isSuite(suite)) return err('unknown-suite');
  if (!sessionParameters.every(isHonoured)) return err('unsupported-parameter');
  const keyText = keyParameters.split(';')[0] ?? '';
  if (keyText.slice(0, 7).toLowerCase() !== 'inline:') return err('malformed-crypto');
  const material = readKeyMaterial(keyText.slice(7), suite);
  return material === undefined ? err('malformed-crypto') : ok({ tag, suite, ...material, sessionParameters });
}

function isSuite(text: string): text is SdesSuite {
  return Object.hasOwn(SDES_SUITES, text);
}

function isHonoured(parameter: string): boolean {
  return (
    parameter.startsWith('-') || parameter.startsWith(DECLARATIVE_PREFIX) || HONOURED_PARAMETERS.includes(parameter)
  );
}

type KeyMaterial = Pick<SdesKey, 'key' | 'salt' | 'lifetimePackets' | 'mki'>;

/** `base64 [|lifetime] [|mki:length]`: the two are told apart by the colon. */
function readKeyMaterial(text: string, suite: SdesSuite): KeyMaterial | undefined {
  const [keySalt, ...options] = text.split('|');
  const { keyBytes, saltBytes } = SDES_SUITES[suite];
  const bytes = readBase64(keySalt ?? '');
  if (bytes === undefined || bytes.length !== keyBytes + saltBytes || options.length > 2) return undefined;
  let lifetimePackets: bigint | undefined;
  let mki: SdesKey['mki'];
  for (const option of options) {
    if (option.includes(':')) {
      mki = readMki(option);
      if (mki === undefined) return undefined;
    } else {
      lifetimePackets = readLifetime(option);
      if (lifetimePackets === undefined) return undefined;
    }
  }
  return { key: bytes.subarray(0, keyBytes), salt: bytes.subarray(keyBytes), lifetimePackets, mki };
}

/** Strict base64: Node's own reader takes anything. Missing padding is seen in the field and allowed. */
function readBase64(text: string): Uint8Array | undefined {
  if (text.length > 128 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

function readLifetime(text: string): bigint | undefined {
  const power = text.startsWith('2^') ? readNumber(text.slice(2), 48) : undefined;
  const plain = text.startsWith('2^') ? undefined : readNumber(text, Number.MAX_SAFE_INTEGER);
  const lifetime = power !== undefined ? 2n ** BigInt(power) : plain !== undefined ? BigInt(plain) : undefined;
  return lifetime !== undefined && lifetime > 0n && lifetime <= MAX_LIFETIME ? lifetime : undefined;
}

function readMki(text: string): SdesKey['mki'] {
  const [valueText, lengthText, ...rest] = text.split(':');
  const value = readNumber(valueText, 2 ** 32 - 1);
  const lengthBytes = readNumber(lengthText, 128);
  if (value === undefined || lengthBytes === undefined || lengthBytes === 0 || rest.length > 0) return undefined;
  return { value, lengthBytes };
}

/** The twin of `parseCryptoAttribute`: its result holds the key in clear, so it goes into a description and nowhere else. */
export function formatCryptoAttribute(key: SdesKey): string {
  const inline = Buffer.concat([key.key, key.salt]).toString('base64');
  const lifetime = key.lifetimePackets === undefined ? '' : `|${formatLifetime(key.lifetimePackets)}`;
  const mki = key.mki === undefined ? '' : `|${key.mki.value}:${key.mki.lengthBytes}`;
  return [`${key.tag} ${key.suite} inline:${inline}${lifetime}${mki}`, ...key.sessionParameters].join(' ');
}

function formatLifetime(packets: bigint): string {
  const power = packets.toString(2).length - 1;
  return packets === 2n ** BigInt(power) ? `2^${power}` : `${packets}`;
}

/**
 * The offered key to use: suites in our order, lines without MKI and session parameters before those with.
 * Undefined where none can be used.
 */
export function chooseCrypto(values: readonly string[], suites: readonly SdesSuite[]): SdesKey | undefined {
  const keys = values.flatMap((value) => {
    const parsed = parseCryptoAttribute(value);
    return parsed.ok ? [parsed.value] : [];
  });
  const cost = (key: SdesKey): number =>
    suites.indexOf(key.suite) * 4 + (key.mki === undefined ? 0 : 1) + (key.sessionParameters.length === 0 ? 0 : 2);
  return keys.filter((key) => suites.includes(key.suite)).sort((a, b) => cost(a) - cost(b))[0];
}

/** Our key that answers an offered one: same tag, suite, parameters and lifetime; an MKI only where the offer has one. */
export function answeringKey(
  offered: SdesKey,
  material: { readonly key: Uint8Array; readonly salt: Uint8Array },
): SdesKey {
  return { ...offered, ...sized(offered.suite, material) };
}

/** Our keys for an offer, one for each suite, tags from 1. The lifetime is said because some peers insist on it. */
export function offeredKeys(
  suites: readonly SdesSuite[],
  material: { readonly key: Uint8Array; readonly salt: Uint8Array },
): SdesKey[] {
  return suites.map((suite, at) => ({
    tag: at + 1,
    suite,
    ...sized(suite, material),
    lifetimePackets: 2n ** 31n,
    sessionParameters: [],
  }));
}

function sized(
  suite: SdesSuite,
  { key, salt }: { readonly key: Uint8Array; readonly salt: Uint8Array },
): Pick<SdesKey, 'key' | 'salt'> {
  const { keyBytes, saltBytes } = SDES_SUITES[suite];
  if (key.length < keyBytes || salt.length < saltBytes) throw new RangeError(`key material too short for ${suite}`);
  return { key: key.subarray(0, keyBytes), salt: salt.subarray(0, saltBytes) };
}
