import type { LintFinding } from '@plugfest/model';
import { lintSdp } from '@plugfest/sdp';
import { bodyParts, lintMessage, parseMediaType, type SipMessage } from '@plugfest/sip';
import { capturedSip, isCaptureFile } from '@plugfest/wire';

/** What `plugfest lint --json` prints of one message or description. */
export interface LintedMessage {
  readonly file: string;
  /** From 0, within the file. */
  readonly index: number;
  readonly kind: 'request' | 'response' | 'sdp' | 'unknown';
  readonly parse: 'ok' | 'fault';
  /** What a UAS that owns the target owes; null: nothing. */
  readonly uasStatus: number | null;
  readonly findings: readonly LintFinding[];
}

/** A message with its bytes, for those who want to be shown the place. */
export interface LintedBytes {
  readonly lint: LintedMessage;
  readonly bytes: Uint8Array;
  /** Of a capture file: the packet that completes it, from 1. */
  readonly packet?: number;
}

/** Lints all that a file holds: the messages of a capture, one description, or one message. */
export function lintFile(file: string, content: Buffer): LintedBytes[] {
  if (isCaptureFile(content))
    return capturedSip(content).map(({ bytes, packet }, index) => ({
      lint: { file, index, ...lintSip(bytes) },
      bytes,
      packet,
    }));
  const isDescription = /^[\r\n]*(v|m|a)=/.test(content.toString('latin1', 0, 64));
  const lint = isDescription
    ? { kind: 'sdp' as const, uasStatus: null, ...lintSdp(content.toString('latin1')) }
    : lintSip(content);
  return [{ lint: { file, index: 0, ...lint }, bytes: content }];
}

type Outcome = Omit<LintedMessage, 'file' | 'index'>;

function lintSip(bytes: Uint8Array): Outcome {
  const { message, kind, parse, uasStatus, findings } = lintMessage(bytes);
  const inBodies = message && parse === 'ok' ? lintBodies(message, bytes) : [];
  const isRefused = kind === 'request' && inBodies.some(({ code, level }) => level === 'must' && code === UNREADABLE);
  return { kind, parse, uasStatus: uasStatus ?? (isRefused ? 400 : null), findings: [...findings, ...inBodies] };
}

const UNREADABLE = 'unreadable-description';
/** Requests in which a description is an offer that has to be answered; the answer in an ACK cannot be refused. */
const OFFERS: readonly string[] = ['INVITE', 'UPDATE', 'PRACK'];

function lintBodies(message: SipMessage, bytes: Uint8Array): LintFinding[] {
  return bodyParts(message).flatMap(({ contentType, body }) => {
    if (parseMediaType(contentType)?.essence !== 'application/sdp') return [];
    const start = body.buffer === bytes.buffer ? body.byteOffset - bytes.byteOffset : 0;
    const { parse, findings } = lintSdp(Buffer.from(body).toString('latin1'));
    const placed = findings.map((finding) => ({ ...finding, offset: finding.offset + start }));
    if (parse === 'ok' || message.kind !== 'request' || !OFFERS.includes(message.method)) return placed;
    return placed.map((finding) => ({
      ...finding,
      code: UNREADABLE,
      text: `${finding.text}: a UAS answers 400 (RFC 3261 §21.4.1)`,
    }));
  });
}
