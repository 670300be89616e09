import { attributes, inheritedAttribute, words } from './attribute.ts';
import type { DtlsSetup, Fingerprint } from './negotiated-media.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** Bytes of a digest; stronger ones first. @see RFC 8122 §5 */
const DIGEST_BYTES: Readonly<Record<string, number>> = {
  'sha-512': 64,
  'sha-384': 48,
  'sha-256': 32,
  'sha-224': 28,
  'sha-1': 20,
};
const STRONGEST_FIRST = Object.keys(DIGEST_BYTES);
const SETUPS: readonly DtlsSetup[] = ['active', 'passive', 'actpass', 'holdconn'];

/** The peer's fingerprints of an m-line, strongest first; malformed ones and digests without a name here are passed over. */
export function describedFingerprints(media: MediaDescription, session: SessionDescription): Fingerprint[] {
  const own = attributes(media, 'fingerprint');
  return (own.length > 0 ? own : attributes(session, 'fingerprint'))
    .flatMap((value) => parseFingerprint(value) ?? [])
    .sort((a, b) => STRONGEST_FIRST.indexOf(a.algorithm) - STRONGEST_FIRST.indexOf(b.algorithm));
}

function parseFingerprint(text: string): Fingerprint | undefined {
  const [algorithmText, valueText] = words(text);
  const algorithm = algorithmText?.toLowerCase() ?? '';
  const bytes = Object.hasOwn(DIGEST_BYTES, algorithm) ? DIGEST_BYTES[algorithm] : undefined;
  const pairs = valueText?.split(':') ?? [];
  const isWhole = pairs.length === bytes && pairs.every((pair) => /^[0-9a-fA-F]{2}$/.test(pair));
  return isWhole ? { algorithm, value: pairs.join(':').toUpperCase() } : undefined;
}

/** The peer's `a=setup`; `actpass` where an offer leaves it out is the caller's to assume. */
export function describedSetup(media: MediaDescription, session: SessionDescription): DtlsSetup | undefined {
  const text = inheritedAttribute(media, session, 'setup');
  return SETUPS.find((setup) => setup === text);
}

/** Our role when the offer says `theirs` and we would rather be `wanted`; undefined where no role is left. @see RFC 5763 §5 */
export function answeringSetup(theirs: DtlsSetup, wanted: DtlsSetup = 'passive'): 'active' | 'passive' | undefined {
  if (theirs === 'actpass') return wanted === 'active' ? 'active' : 'passive';
  if (theirs === 'active') return 'passive';
  return theirs === 'passive' ? 'active' : undefined;
}

/** Our role as the offerer, from the answer. A peer that answers `actpass`, as it must not, is met as the client. */
export function offeringSetup(answered: DtlsSetup): 'active' | 'passive' | undefined {
  if (answered === 'active') return 'passive';
  return answered === 'holdconn' ? undefined : 'active';
}
