import { readFileSync } from 'node:fs';
import { type Check, sipMessageSchema } from '@plugfest/model';
import { parseRtp, type RtpPacket } from '@plugfest/rtp';
import type { RunDirectory } from '@plugfest/scenario';
import { type MediaDescription, parseSdp, type SessionDescription } from '@plugfest/sdp';
import { bodyParts, parseMediaType, parseMessage, type SipMessage } from '@plugfest/sip';
import { recordedDatagrams } from '@plugfest/wire';

/** One SIP message that the endpoint sent or was sent. */
export interface TracedMessage {
  readonly isSent: boolean;
  readonly transport: string;
  readonly bytes: Uint8Array;
  /** Undefined where it cannot be parsed. */
  readonly message: SipMessage | undefined;
  readonly sdp: SessionDescription | undefined;
}

/** A datagram that the endpoint sent on an m-line, with its time. */
export interface TracedPacket {
  readonly atUs: number;
  readonly payload: Uint8Array;
}

/** RTP and RTCP that the endpoint sent on one m-line. */
export interface TracedMedia {
  readonly kind: string;
  readonly offered: MediaDescription;
  readonly answered: MediaDescription | undefined;
  readonly rtp: readonly { readonly atUs: number; readonly packet: RtpPacket }[];
  readonly rtcp: readonly TracedPacket[];
}

/** What a run left of the endpoint that is certified. */
export interface CertifiedTrace {
  readonly endpoint: string;
  readonly checks: readonly Check[];
  readonly messages: readonly TracedMessage[];
  readonly media: readonly TracedMedia[];
}

/** Reads a run's artefacts. @throws ArtefactError where they are not there */
export function readCertifiedTrace(run: RunDirectory, endpoint: string): CertifiedTrace {
  const messages = run.readEvents().flatMap(({ type, data }) => {
    const parsed = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
    if (!parsed?.success || (parsed.data.from !== endpoint && parsed.data.to !== endpoint)) return [];
    return [messageOf(parsed.data.message, parsed.data.from === endpoint, parsed.data.transport)];
  });
  return { endpoint, checks: run.readVerdict().checks, messages, media: mediaOf(run, endpoint, messages) };
}

function messageOf(text: string, isSent: boolean, transport: string): TracedMessage {
  const bytes = Buffer.from(text, 'latin1');
  const parsed = parseMessage(bytes);
  const message = parsed.ok ? parsed.value : undefined;
  return { isSent, transport, bytes, message, sdp: message && sdpOf(message) };
}

function sdpOf(message: SipMessage): SessionDescription | undefined {
  const part = bodyParts(message).find(({ contentType }) => parseMediaType(contentType)?.essence === 'application/sdp');
  const parsed = part && parseSdp(Buffer.from(part.body).toString('latin1'));
  return parsed?.ok ? parsed.value : undefined;
}

/** The endpoint's packets are those that left from the ports of its description: the wire carries each direction from there. */
function mediaOf(run: RunDirectory, endpoint: string, messages: readonly TracedMessage[]): TracedMedia[] {
  const own = messages.find(({ isSent, sdp }) => isSent && sdp)?.sdp;
  const other = messages.find(({ isSent, sdp }) => !isSent && sdp)?.sdp;
  if (!own) return [];
  const remotePorts = new Set(other?.media.flatMap(({ port }) => [port, port + 1]) ?? []);
  const sent = recordedDatagrams(readFileSync(run.file('captures/run.pcapng')), endpoint).filter(({ destination }) =>
    remotePorts.has(destination.port),
  );
  const isBundled = new Set(other?.media.map(({ port }) => port)).size < (other?.media.length ?? 0);
  return own.media.flatMap((offered, index): TracedMedia[] => {
    const answered = other?.media[index];
    if (offered.kind !== 'audio' && offered.kind !== 'video') return [];
    const ports = answered ? [answered.port, answered.port + 1] : [];
    const mine = sent.filter(({ destination }) => ports.includes(destination.port));
    const formats = new Set(answered?.formats ?? []);
    const rtp = mine.flatMap(({ atUs, payload }) => {
      const isRtcp = (payload[1] ?? 0) >= 192 && (payload[1] ?? 0) <= 223;
      const parsed = (payload[0] ?? 0) >> 6 === 2 && !isRtcp ? parseRtp(payload) : undefined;
      if (!parsed?.ok || (isBundled && !formats.has(String(parsed.value.payloadType)))) return [];
      return [{ atUs, packet: parsed.value }];
    });
    const rtcp = mine.filter(
      ({ payload }) => (payload[0] ?? 0) >> 6 === 2 && (payload[1] ?? 0) >= 192 && (payload[1] ?? 0) <= 223,
    );
    return [{ kind: offered.kind, offered, answered, rtp, rtcp }];
  });
}
