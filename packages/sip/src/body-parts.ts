import { parseMediaType } from './media-type.ts';
import type { SipBody, SipHeader, SipMessageBase } from './message.ts';
import { header } from './message-headers.ts';
import { parameter } from './parameters.ts';

/** One part of a body with its own headers (Content-Disposition, Content-ID …). */
export interface SipBodyPart extends SipBody {
  readonly headers: readonly SipHeader[];
}

/** Bounds on what a peer may nest. */
const MAX_PARTS = 32;
const MAX_DEPTH = 4;

/**
 * The parts of a body in order: the body itself when it is plain, the leaves of multipart/alternative, multipart/mixed and multipart/related
 * (best last in an alternative, RFC 2046 §5.1.4). Empty when there is no body. A multipart body without a usable boundary comes back whole;
 * at most 32 parts and 4 levels are looked at.
 */
export function bodyParts(message: SipMessageBase): SipBodyPart[] {
  if (message.body.length === 0) return [];
  const parts: SipBodyPart[] = [];
  collect(
    { contentType: header(message, 'Content-Type') ?? '', body: message.body, headers: message.headers },
    0,
    parts,
  );
  return parts;
}

function collect(part: SipBodyPart, depth: number, into: SipBodyPart[]): void {
  if (into.length >= MAX_PARTS) return;
  const type = parseMediaType(part.contentType);
  const boundary = type?.essence.startsWith('multipart/') ? parameter(type.parameters, 'boundary') : undefined;
  if (boundary === undefined || boundary === '' || boundary.length > 70 || depth >= MAX_DEPTH) {
    into.push(part);
    return;
  }
  for (const inner of splitAt(part.body, boundary)) collect(inner, depth + 1, into);
}

/** Cuts at `CRLF--boundary`; the preamble and the epilogue are dropped. */
function splitAt(body: Uint8Array, boundary: string): SipBodyPart[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const delimiter = Buffer.from(`--${boundary}`, 'latin1');
  const parts: SipBodyPart[] = [];
  let open = -1;
  for (let at = bytes.indexOf(delimiter); at >= 0 && parts.length < MAX_PARTS; at = bytes.indexOf(delimiter, at + 1)) {
    if (at > 0 && bytes[at - 1] !== 10) continue;
    if (open >= 0) parts.push(parsePart(bytes.subarray(open, withoutLineEnd(bytes, open, at))));
    const after = at + delimiter.length;
    if (bytes[after] === 45 && bytes[after + 1] === 45) return parts;
    const lineEnd = bytes.indexOf(10, after);
    if (lineEnd < 0) return parts;
    open = lineEnd + 1;
    at = lineEnd - 1;
  }
  return parts;
}

function withoutLineEnd(bytes: Buffer, start: number, end: number): number {
  if (end - 1 < start || bytes[end - 1] !== 10) return end;
  return end - 2 >= start && bytes[end - 2] === 13 ? end - 2 : end - 1;
}

function parsePart(bytes: Buffer): SipBodyPart {
  const headers: SipHeader[] = [];
  let position = 0;
  while (position < bytes.length) {
    const lf = bytes.indexOf(10, position);
    const end = lf < 0 ? bytes.length : lf;
    const line = bytes.toString('latin1', position, end).trimEnd();
    position = end + 1;
    if (line === '') break;
    const colon = line.indexOf(':');
    if (colon > 0) headers.push({ name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() });
  }
  const body = bytes.subarray(Math.min(position, bytes.length));
  return { contentType: header({ headers, body }, 'Content-Type') ?? 'text/plain', headers, body };
}
