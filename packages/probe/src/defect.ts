import { demultiplex, formatRtp, parseRtp, type RtpPacket } from '@plugfest/rtp';
import { createResponse, cseqOf, type SipMessage, withHeader } from '@plugfest/sip';
import type { Exchange, Way } from './exchange.ts';

/** A datagram of a media line, on its way. */
export interface MediaDatagram {
  readonly line: number;
  readonly onRtcpPort: boolean;
  readonly bytes: Uint8Array;
}

/**
 * What is wrong with a peer, as its effect on the wire: it stands between the reference bridge and the probe, so that bridge and defect together are a peer
 * that has the bug. Each function gives what goes on in place of what came: nothing, it, or something else.
 */
export interface Defect {
  /** `seen`: all that went before, as the probe saw it. */
  readonly sip?: (message: SipMessage, way: Way, seen: Exchange) => readonly SipMessage[];
  readonly media?: (datagram: MediaDatagram, way: Way, seen: Exchange) => readonly MediaDatagram[];
}

/** Answers the probe's INVITEs (from the `nth` on) with this status, whatever the bridge says. */
export function refusesInvite(statusCode: number, reasonPhrase: string, nth = 0): Defect {
  return {
    sip(message, way, seen) {
      if (way !== 'received' || message.kind !== 'response' || cseqOf(message)?.method !== 'INVITE') return [message];
      const refused = seen
        .requests('INVITE', 'sent')
        .slice(nth)
        .find((invite) => cseqOf(invite)?.number === cseqOf(message)?.number);
      if (!refused || message.statusCode < 200) return [message];
      const bare = createResponse(refused, { statusCode, reasonPhrase });
      const to = message.headers.find(({ name }) => /^(to|t)$/i.test(name))?.value ?? '';
      return [withHeader(bare, 'To', to)];
    },
  };
}

/** Answers requests of that method with this status, whatever the bridge says. */
export function answers(method: string, statusCode: number, reasonPhrase: string): Defect {
  return {
    sip: (message, way) =>
      way === 'received' && message.kind === 'response' && cseqOf(message)?.method === method
        ? [{ ...message, statusCode, reasonPhrase }]
        : [message],
  };
}

/** Writes the text of each description that it sends (from the `nth` on) anew. */
export function describesItselfAs(rewrite: (sdp: string) => string, nth = 0): Defect {
  let count = 0;
  return {
    sip(message, way) {
      const isDescribed = message.headers.some(
        ({ name, value }) => /^(content-type|c)$/i.test(name) && /application\/sdp/i.test(value),
      );
      if (way !== 'received' || !isDescribed || message.body.length === 0) return [message];
      return count++ < nth ? [message] : [withBody(message, rewrite(Buffer.from(message.body).toString('latin1')))];
    },
  };
}

/** The same message with another body. */
export function withBody<M extends SipMessage>(message: M, text: string): M {
  const body = Buffer.from(text, 'latin1');
  const fitting = withHeader(message, 'Content-Length', `${body.length}`);
  return { ...fitting, body };
}

/** Does not take note of requests of that method (from the `nth` on). */
export function ignores(method: string, nth = 0): Defect {
  return {
    sip: (message, way, seen) =>
      way === 'sent' &&
      message.kind === 'request' &&
      message.method === method &&
      seen.requests(method, 'sent').length > nth
        ? []
        : [message],
  };
}

/** Sends other RTP than the bridge does. */
export function sendsRtp(rewrite: (packet: RtpPacket, line: number, seen: Exchange) => readonly RtpPacket[]): Defect {
  return onRtp('received', rewrite);
}

/** Takes other RTP than it was sent. */
export function takesRtp(rewrite: (packet: RtpPacket, line: number, seen: Exchange) => readonly RtpPacket[]): Defect {
  return onRtp('sent', rewrite);
}

function onRtp(at: Way, rewrite: (packet: RtpPacket, line: number, seen: Exchange) => readonly RtpPacket[]): Defect {
  return {
    media(datagram, way, seen) {
      const parsed = way === at && demultiplex(datagram.bytes) === 'rtp' ? parseRtp(datagram.bytes) : undefined;
      if (!parsed?.ok) return [datagram];
      return rewrite(parsed.value, datagram.line, seen).map((packet) => ({ ...datagram, bytes: formatRtp(packet) }));
    },
  };
}
