import { demultiplex, parseRtcpCompound, parseRtp, type RtcpPacket, type RtpPacket } from '@plugfest/rtp';
import { parseSdp, type SessionDescription } from '@plugfest/sdp';
import { bodyParts, cseqOf, type SipMessage, type SipRequest, type SipResponse } from '@plugfest/sip';

/** Seen from the probe. */
export type Way = 'sent' | 'received';

export interface SpokenMessage {
  readonly party: string;
  readonly way: Way;
  readonly atUs: number;
  readonly transport: 'udp' | 'tcp';
  readonly message: SipMessage;
}

/** A datagram of a media line. */
export interface SpokenPacket {
  readonly party: string;
  readonly way: Way;
  readonly atUs: number;
  /** Place of its m-line, from 0. */
  readonly line: number;
  /** On the port after the line's own. */
  readonly onRtcpPort: boolean;
  readonly bytes: Uint8Array;
}

export interface SpokenRtp extends RtpPacket {
  readonly atUs: number;
  readonly bytes: Uint8Array;
}

/** Thrown by what looks for something in an exchange that does not hold it: nothing can then be said about who spoke. */
export class NoEvidence extends Error {
  readonly code = 'no-evidence';
}

/** What was said between the probes of one conversation and the bridge, in order. */
export class Exchange {
  readonly messages: SpokenMessage[];
  readonly packets: SpokenPacket[];
  /** What a probe waited for in vain, which ended the conversation. */
  silence: string | undefined;

  constructor(messages: SpokenMessage[] = [], packets: SpokenPacket[] = []) {
    this.messages = messages;
    this.packets = packets;
  }

  /** Only what one party said and heard. */
  of(party: string): Exchange {
    const part = new Exchange(
      this.messages.filter((one) => one.party === party),
      this.packets.filter((one) => one.party === party),
    );
    part.silence = this.silence;
    return part;
  }

  /** What was said from that moment on. */
  since(atUs: number): Exchange {
    const part = new Exchange(
      this.messages.filter((one) => one.atUs >= atUs),
      this.packets.filter((one) => one.atUs >= atUs),
    );
    part.silence = this.silence;
    return part;
  }

  requests(method: string, way: Way = 'received'): (SipRequest & { readonly atUs: number })[] {
    return this.messages.flatMap(({ message, atUs, ...one }) =>
      one.way === way && message.kind === 'request' && message.method === method ? [{ ...message, atUs }] : [],
    );
  }

  /** To requests of that method, provisional ones and repetitions too. */
  responses(method: string, way: Way = 'received'): (SipResponse & { readonly atUs: number })[] {
    return this.messages.flatMap(({ message, atUs, ...one }) =>
      one.way === way && message.kind === 'response' && cseqOf(message)?.method === method
        ? [{ ...message, atUs }]
        : [],
    );
  }

  /** The final responses to requests of that method, one for each request. */
  finals(method: string): (SipResponse & { readonly atUs: number })[] {
    const seen = new Set<string>();
    return this.responses(method).filter((response) => {
      const key = `${headerOf(response, 'call-id')} ${cseqOf(response)?.number}`;
      if (response.statusCode < 200 || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  /** @throws {NoEvidence} */
  final(method: string, nth = 0): SipResponse & { readonly atUs: number } {
    return this.finals(method)[nth] ?? missing(`${ordinal(nth)} final response to ${method}`, this.silence);
  }

  /** The description in the final response to an INVITE. @throws {NoEvidence} where it holds none that can be read */
  answer(nth = 0): SessionDescription {
    const response = this.final('INVITE', nth);
    return describedIn(response) ?? missing(`description in the ${response.statusCode} to ${ordinal(nth)} INVITE`);
  }

  /** RTP of a line. */
  rtp(line: number, way: Way = 'received'): SpokenRtp[] {
    return this.packets.flatMap(({ bytes, atUs, onRtcpPort, ...one }) => {
      if (one.line !== line || one.way !== way || onRtcpPort || demultiplex(bytes) !== 'rtp') return [];
      const parsed = parseRtp(bytes);
      return parsed.ok ? [{ ...parsed.value, atUs, bytes }] : [];
    });
  }

  /** @throws {NoEvidence} where there are fewer than `least` */
  someRtp(line: number, least = 1, way: Way = 'received'): SpokenRtp[] {
    const packets = this.rtp(line, way);
    return packets.length >= least
      ? packets
      : missing(`${least} RTP packets ${way} on line ${line} (there are ${packets.length})`, this.silence);
  }

  /** RTCP of a line, whichever port it came to. */
  rtcp(line: number, way: Way = 'received'): (RtcpPacket & { readonly atUs: number; readonly onRtcpPort: boolean })[] {
    return this.packets.flatMap(({ bytes, atUs, onRtcpPort, ...one }) => {
      if (one.line !== line || one.way !== way || demultiplex(bytes) !== 'rtcp') return [];
      const parsed = parseRtcpCompound(bytes);
      return parsed.ok ? parsed.value.map((packet) => ({ ...packet, atUs, onRtcpPort })) : [];
    });
  }
}

/** The session description that a message carries, whole or as a part. */
export function describedIn(message: SipMessage): SessionDescription | undefined {
  const part = bodyParts(message).find(({ contentType }) => /^application\/sdp\b/i.test(contentType));
  const parsed = part && parseSdp(Buffer.from(part.body).toString('latin1'));
  return parsed?.ok ? parsed.value : undefined;
}

function headerOf(message: SipMessage, lowerName: string): string {
  return message.headers.find(({ name }) => name.toLowerCase() === lowerName)?.value ?? '';
}

function missing(what: string, silence?: string): never {
  throw new NoEvidence(`no ${what}${silence === undefined ? '' : `; it waited in vain for ${silence}`}`);
}

function ordinal(nth: number): string {
  return ['first', 'second', 'third'][nth] ?? `${nth + 1}th`;
}
