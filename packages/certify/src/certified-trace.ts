import { readFileSync } from 'node:fs';
import { type Check, sipMessageSchema } from '@plugfest/model';
import { parseRtp, type RtpPacket } from '@plugfest/rtp';
import type { RunDirectory } from '@plugfest/scenario';
import { describedBandwidthBps, type MediaDescription, parseSdp, type SessionDescription } from '@plugfest/sdp';
import { bodyParts, parseMediaType, parseMessage, type SipMessage } from '@plugfest/sip';
import { lostInterface, type RecordedDatagram, recordedDatagrams } from '@plugfest/wire';

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

export interface TracedRtp {
  readonly atUs: number;
  readonly packet: RtpPacket;
}

/** RTP and RTCP that the endpoint sent on one m-line. */
export interface TracedMedia {
  readonly kind: string;
  readonly offered: MediaDescription;
  readonly answered: MediaDescription | undefined;
  /** What a description, the far end's first, says that may be sent. */
  readonly bandwidthBps: number | undefined;
  readonly rtp: readonly TracedRtp[];
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
  const recording = readFileSync(run.file('captures/run.pcapng'));
  const leaving = (name: string): RecordedDatagram[] =>
    recordedDatagrams(recording, name).filter(({ destination }) => remotePorts.has(destination.port));
  const [sent, lost] = [leaving(endpoint), leaving(lostInterface(endpoint))];
  const isBundled = new Set(other?.media.map(({ port }) => port)).size < (other?.media.length ?? 0);
  return own.media.flatMap((offered, index): TracedMedia[] => {
    const answered = other?.media[index];
    if (offered.kind !== 'audio' && offered.kind !== 'video') return [];
    const ports = answered ? [answered.port, answered.port + 1] : [];
    const isOfLine = ({ destination }: RecordedDatagram): boolean => ports.includes(destination.port);
    const [mine, missing] = [sent.filter(isOfLine), lost.filter(isOfLine)];
    const formats = new Set(answered?.formats ?? []);
    const rtpOf = (datagrams: readonly RecordedDatagram[]): TracedRtp[] =>
      datagrams.flatMap(({ atUs, payload }) => {
        const isRtcp = (payload[1] ?? 0) >= 192 && (payload[1] ?? 0) <= 223;
        const parsed = (payload[0] ?? 0) >> 6 === 2 && !isRtcp ? parseRtp(payload) : undefined;
        if (!parsed?.ok || (isBundled && !formats.has(String(parsed.value.payloadType)))) return [];
        return [{ atUs, packet: parsed.value }];
      });
    const rtp = asSent(rtpOf(mine), rtpOf(missing));
    const rtcp = [...mine, ...missing]
      .sort((a, b) => a.atUs - b.atUs)
      .filter(({ payload }) => (payload[0] ?? 0) >> 6 === 2 && (payload[1] ?? 0) >= 192 && (payload[1] ?? 0) <= 223);
    const bandwidthBps =
      (answered && other && describedBandwidthBps(answered, other)) ?? describedBandwidthBps(offered, own);
    return [{ kind: offered.kind, offered, answered, bandwidthBps, rtp, rtcp }];
  });
}

const SEQUENCE_MODULUS = 2 ** 16;

/** What arrived with what the wire lost on purpose, where that was sent: no endpoint answers for the loss of its network. A lost packet has the time of the one before it. */
export function asSent(arrived: readonly TracedRtp[], lost: readonly TracedRtp[]): TracedRtp[] {
  const whole = [...arrived];
  for (const { atUs, packet } of lost) {
    const at = whole.findLastIndex((before) => {
      const ahead = (packet.sequenceNumber - before.packet.sequenceNumber + SEQUENCE_MODULUS) % SEQUENCE_MODULUS;
      return before.packet.ssrc === packet.ssrc && ahead > 0 && ahead < SEQUENCE_MODULUS / 2;
    });
    whole.splice(at + 1, 0, { atUs: whole[at]?.atUs ?? atUs, packet });
  }
  return whole;
}
