import { attributes } from './attribute.ts';
import { readNumber } from './parse-sdp.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

/** Feedback about all packets of a transport, in `a=rtcp-fb`. */
export const TRANSPORT_CC = 'transport-cc';
/** The header extension that numbers them. @see draft-holmer-rmcat-transport-wide-cc-extensions-01 §2 */
const SEQUENCE_NUMBER_URI = 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
/** One-byte headers have no room for more. @see RFC 8285 §4.2 */
const MAX_ID = 14;
/** What our first offers say. */
const OWN_ID = 3;

interface HeaderExtension {
  readonly id: number;
  /** As in `a=extmap:2/sendonly`. */
  readonly direction: string;
  readonly uri: string;
}

/** Header extensions of an m-line, those of the session too; what cannot be read is left out. @see RFC 8285 §5 */
function headerExtensions(media: MediaDescription, session: SessionDescription): HeaderExtension[] {
  const values = [...attributes(session, 'extmap'), ...attributes(media, 'extmap')];
  return values.flatMap((value) => {
    const [mapping = '', uri = ''] = value.trim().split(/ +/, 2);
    const [number, direction = 'sendrecv'] = mapping.split('/', 2);
    const id = readNumber(number, 65_535);
    return id === undefined || id === 0 || uri === '' ? [] : [{ id, direction, uri }];
  });
}

/**
 * The id of the sequence numbers of a bundle's packets; undefined where its m-lines do not agree on one, where it is for one direction only, or
 * where it means something else too: in a bundle an id has one meaning. @see RFC 8843 §8
 */
export function sequenceNumberIdOf(description: SessionDescription, bundled: readonly number[]): number | undefined {
  const known = bundled.flatMap((index) => {
    const media = description.media[index];
    return media ? headerExtensions(media, description) : [];
  });
  const [first, ...others] = known.filter(({ uri }) => uri === SEQUENCE_NUMBER_URI);
  if (first === undefined || first.id > MAX_ID || first.direction !== 'sendrecv') return undefined;
  if (others.some(({ id, direction }) => id !== first.id || direction !== first.direction)) return undefined;
  return known.some(({ id, uri }) => id === first.id && uri !== SEQUENCE_NUMBER_URI) ? undefined : first.id;
}

/** Whether this m-line has those sequence numbers. */
export function hasSequenceNumbers(media: MediaDescription, session: SessionDescription, wanted: number): boolean {
  return headerExtensions(media, session).some(({ id, uri }) => id === wanted && uri === SEQUENCE_NUMBER_URI);
}

/** What an offer calls it: as in the call's descriptions before, for an id keeps its meaning in a session. @see RFC 8285 §6 */
export function offeredSequenceNumberId(before: number | undefined): number {
  return before ?? OWN_ID;
}

/** The value of `a=extmap`. */
export function sequenceNumberMapping(id: number): string {
  return `${id} ${SEQUENCE_NUMBER_URI}`;
}
