import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { decimalOf } from './character-class.ts';
import { contentLengthOf } from './content-length.ts';
import { usualSpelling } from './header-name.ts';
import type { SipHeader, SipMessage } from './message.ts';
import { trimSpace } from './white-space.ts';

/** Header lines that a message may have; longer ones are faults before they cost anything. */
export const MAX_HEADER_LINES = 512;

const CR = 13;
const LF = 10;
const COLON = 58;

function fault(code: string, offset: number, section: string, text: string): Result<never, ParseFault> {
  return err({ code, offset, section, text });
}

/**
 * Parses one datagram, or one message cut out by `StreamFramer`. Structure only: what cannot be answered is a fault here, what a UAS owes a
 * status for (bad URIs, missing or repeated headers, Content-Length beyond the bytes) is found by `validateRequest`. Bytes past Content-Length
 * are dropped (RFC 3261 §18.3); with no usable Content-Length the body is the rest. Lines may end in CRLF or LF.
 */
export function parseMessage(bytes: Uint8Array): Result<SipMessage, ParseFault> {
  const start = skipLineEnds(bytes, 0);
  const text = latin1Of(bytes, start, bytes.length);
  const firstEnd = lineEnd(text, 0);
  const startLine = parseStartLine(text.slice(0, contentEnd(text, 0, firstEnd)), start);
  if (!startLine.ok) return startLine;
  const headers: SipHeader[] = [];
  const bodyStart = parseHeaderLines(text, firstEnd + 1, start, headers);
  if (!bodyStart.ok) return bodyStart;
  const bodyAt = start + bodyStart.value;
  const length = contentLengthOf(headers);
  const isCut = typeof length === 'number' && length < bytes.length - bodyAt;
  const body = bytes.subarray(bodyAt, isCut ? bodyAt + length : bytes.length);
  const line = startLine.value;
  if (line.kind === 'response') {
    return ok({ kind: 'response', statusCode: line.statusCode, reasonPhrase: line.reasonPhrase, headers, body });
  }
  return ok({ kind: 'request', method: line.method, uri: line.uri, version: line.version, headers, body });
}

/** First index at or after `from` that is neither CR nor LF. */
export function skipLineEnds(bytes: Uint8Array, from: number): number {
  let index = from;
  while (bytes[index] === CR || bytes[index] === LF) index++;
  return index;
}

/** Where the empty line is: `headEnd` behind the last header line, `bodyStart` behind the empty line; undefined when not there (yet). */
export function findHeadEnd(bytes: Uint8Array, from: number): { headEnd: number; bodyStart: number } | undefined {
  for (let lf = bytes.indexOf(LF, from); lf >= 0; lf = bytes.indexOf(LF, lf + 1)) {
    if (bytes[lf + 1] === LF) return { headEnd: lf + 1, bodyStart: lf + 2 };
    if (bytes[lf + 1] === CR && bytes[lf + 2] === LF) return { headEnd: lf + 1, bodyStart: lf + 3 };
  }
  return undefined;
}

function latin1Of(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function lineEnd(text: string, from: number): number {
  const lf = text.indexOf('\n', from);
  return lf < 0 ? text.length : lf;
}

/** End of the line's content: without the CR before its LF. */
function contentEnd(text: string, from: number, end: number): number {
  return end > from && text.charCodeAt(end - 1) === CR ? end - 1 : end;
}

type StartLine =
  | { kind: 'request'; method: string; uri: string; version: string }
  | { kind: 'response'; statusCode: number; reasonPhrase: string };

function parseStartLine(line: string, offset: number): Result<StartLine, ParseFault> {
  return line.slice(0, 4).toUpperCase() === 'SIP/' ? parseStatusLine(line, offset) : parseRequestLine(line, offset);
}

/** White space round the URI stays in it: `validateRequest` refuses it; trailing spaces are ignored (RFC 4475 §3.1.2.10). */
function parseRequestLine(line: string, offset: number): Result<StartLine, ParseFault> {
  const text = trimSpace(line);
  const first = text.indexOf(' ');
  const last = text.lastIndexOf(' ');
  if (first <= 0 || last <= first || text.slice(last + 1, last + 5).toUpperCase() !== 'SIP/') {
    return fault('request-line', offset, 'RFC 3261 §7.1', 'the first line is neither a request line nor a status line');
  }
  return ok({
    kind: 'request',
    method: text.slice(0, first),
    uri: text.slice(first + 1, last),
    version: text.slice(last + 1),
  });
}

function parseStatusLine(line: string, offset: number): Result<StartLine, ParseFault> {
  const first = line.indexOf(' ');
  const second = line.indexOf(' ', first + 1);
  const digits = line.slice(first + 1, second < 0 ? line.length : second);
  const statusCode = digits.length === 3 ? decimalOf(digits, 699) : undefined;
  if (first < 0 || line.slice(0, first).toUpperCase() !== 'SIP/2.0' || statusCode === undefined || statusCode < 100) {
    return fault('status-line', offset, 'RFC 3261 §7.2', 'no SIP/2.0 and status code of 100-699');
  }
  return ok({ kind: 'response', statusCode, reasonPhrase: second < 0 ? '' : line.slice(second + 1) });
}

/** Reads header lines into `headers` up to the empty line; returns where the body begins. */
function parseHeaderLines(
  text: string,
  from: number,
  offset: number,
  headers: SipHeader[],
): Result<number, ParseFault> {
  let position = from;
  while (position < text.length) {
    let end = lineEnd(text, position);
    const lineContentEnd = contentEnd(text, position, end);
    if (lineContentEnd === position) return ok(end + 1);
    if (headers.length === MAX_HEADER_LINES) {
      const reason = `more than ${MAX_HEADER_LINES} header lines`;
      return fault('too-many-headers', offset + position, 'RFC 3261 §21.5.14', reason);
    }
    if (isFolded(text, end + 1)) {
      let line = text.slice(position, lineContentEnd);
      for (; isFolded(text, end + 1); ) {
        const next = lineEnd(text, end + 1);
        line = `${trimSpace(line)} ${trimSpace(text, end + 1, contentEnd(text, end + 1, next))}`;
        end = next;
      }
      headers.push(splitHeader(line, 0, line.length));
    } else headers.push(splitHeader(text, position, lineContentEnd));
    position = end + 1;
  }
  return ok(text.length);
}

function isFolded(head: string, lineStart: number): boolean {
  const code = head.charCodeAt(lineStart);
  return code === 32 || code === 9;
}

/** A line without a colon gets an empty name, which `validateRequest` answers with 400. */
function splitHeader(text: string, from: number, to: number): SipHeader {
  let colon = from;
  while (colon < to && text.charCodeAt(colon) !== COLON) colon++;
  if (colon === to) return { name: '', value: text.slice(from, to) };
  return { name: usualSpelling(trimSpace(text, from, colon)), value: trimSpace(text, colon + 1, to) };
}
