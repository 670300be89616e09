import { err, ok, type Result } from '@plugfest/model';
import { ReplayWindow } from './replay-window.ts';
import { readUint32, rtpHeaderBytes, writeUint32 } from './rtp-packet.ts';
import { SRTP_SUITES, type SrtpSuite } from './srtp-keys.ts';
import { openTransform, type SrtpTransform } from './srtp-transform.ts';

/** Why a packet was not taken. Nothing of it may be used. */
export type SrtpFault =
  | 'too-short'
  | 'malformed'
  | 'authentication-failed'
  | 'replayed'
  | 'too-old'
  | 'wrong-mki'
  | 'too-many-sources';

/** One master key, for one direction. An `SdesKey` fits as it is. */
export interface SrtpMaster {
  readonly suite: SrtpSuite;
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly mki?: { readonly value: number; readonly lengthBytes: number };
  /** `UNENCRYPTED_SRTP` and `UNENCRYPTED_SRTCP` are acted on. @see RFC 4568 §6.3 */
  readonly sessionParameters?: readonly string[];
}

/** Sources of one key; each costs a replay window. */
const MAX_SOURCES = 256;
const RTCP_HEADER_BYTES = 8;
const INDEX_WORD_BYTES = 4;
const ENCRYPTED_BIT = 0x8000_0000;
const SEQUENCE_MODULUS = 0x1_0000;

/**
 * Protects or unprotects the packets of one direction. Roll-over counters and replay windows are kept for each SSRC, so keep the context as long
 * as the key lives: across a hold and across a change of SSRC. @see RFC 3711
 */
export class SrtpContext {
  readonly counters: Record<SrtpFault, number> = {
    'too-short': 0,
    malformed: 0,
    'authentication-failed': 0,
    replayed: 0,
    'too-old': 0,
    'wrong-mki': 0,
    'too-many-sources': 0,
  };
  readonly #rtp: SrtpTransform;
  readonly #rtcp: SrtpTransform;
  readonly #mki: Uint8Array;
  readonly #isRtpEncrypted: boolean;
  readonly #isRtcpEncrypted: boolean;
  /** For GCM the index word stands after the tag, else before it. */
  readonly #isTagFirst: boolean;
  readonly #rtpSources = new Map<number, ReplayWindow>();
  readonly #rtcpSources = new Map<number, ReplayWindow>();
  readonly #counterWord = new Uint8Array(4);

  /** Throws `RangeError` where key or salt have not the suite's length. */
  constructor(master: SrtpMaster) {
    const { keyBytes, saltBytes } = SRTP_SUITES[master.suite];
    if (master.key.length !== keyBytes || master.salt.length !== saltBytes) {
      throw new RangeError(`${master.suite} needs a key of ${keyBytes} and a salt of ${saltBytes} bytes`);
    }
    this.#rtp = openTransform(master.suite, master, 'rtp');
    this.#rtcp = openTransform(master.suite, master, 'rtcp');
    this.#mki = new Uint8Array(master.mki?.lengthBytes ?? 0);
    let value = master.mki?.value ?? 0;
    for (let at = this.#mki.length - 1; at >= 0; at--, value = Math.floor(value / 256)) this.#mki[at] = value % 256;
    this.#isRtpEncrypted = master.sessionParameters?.includes('UNENCRYPTED_SRTP') !== true;
    this.#isRtcpEncrypted = master.sessionParameters?.includes('UNENCRYPTED_SRTCP') !== true;
    this.#isTagFirst = master.suite === 'AEAD_AES_128_GCM';
  }

  /** An SRTP packet from an RTP packet of ours; a repeated packet gives the same bytes again. Throws `RangeError` for what is no RTP. */
  protectRtp(packet: Uint8Array): Uint8Array {
    const start = rtpHeaderBytes(packet);
    if (start === -1) throw new RangeError('not an RTP packet');
    const ssrc = readUint32(packet, 8);
    const source = sourceOf(this.#rtpSources, ssrc);
    const index = estimateIndex(source.highest, sequenceOf(packet));
    source.mark(index);
    const sealed = this.#rtp.seal(this.#rtpInput(packet, start, ssrc, index));
    return joined(sealed.packet, this.#isTagFirst ? sealed.tag : this.#mki, this.#isTagFirst ? this.#mki : sealed.tag);
  }

  unprotectRtp(packet: Uint8Array): Result<Uint8Array, SrtpFault> {
    const bodyEnd = packet.length - this.#rtp.tagBytes - this.#mki.length;
    if (bodyEnd < 12) return this.#refuse('too-short');
    const body = packet.subarray(0, bodyEnd);
    const start = rtpHeaderBytes(body);
    if (start === -1 || (packet[0] as number) >> 6 !== 2) return this.#refuse('malformed');
    const { tag, mki } = this.#tail(packet, bodyEnd, this.#rtp.tagBytes);
    if (!isEqual(mki, this.#mki)) return this.#refuse('wrong-mki');
    const ssrc = readUint32(packet, 8);
    const known = this.#rtpSources.get(ssrc);
    const index = estimateIndex(known?.highest ?? -1, sequenceOf(packet));
    const freshness = known?.check(index) ?? 'fresh';
    if (freshness !== 'fresh') return this.#refuse(freshness);
    if (known === undefined && this.#rtpSources.size >= MAX_SOURCES) return this.#refuse('too-many-sources');
    const opened = this.#rtp.open(this.#rtpInput(body, start, ssrc, index), tag);
    if (opened === undefined) return this.#refuse('authentication-failed');
    sourceOf(this.#rtpSources, ssrc).mark(index);
    return ok(opened);
  }

  /** An SRTCP compound from an RTCP compound of ours. @see RFC 3711 §3.4 */
  protectRtcp(packet: Uint8Array): Uint8Array {
    if (packet.length < RTCP_HEADER_BYTES) throw new RangeError('not an RTCP packet');
    const ssrc = readUint32(packet, 4);
    const source = sourceOf(this.#rtcpSources, ssrc);
    const index = source.highest + 1;
    if (index >= ENCRYPTED_BIT) throw new RangeError('the SRTCP index of this key is used up');
    source.mark(index);
    const trailer = new Uint8Array(INDEX_WORD_BYTES);
    writeUint32(trailer, 0, (this.#isRtcpEncrypted ? ENCRYPTED_BIT : 0) + index);
    const isEncrypted = this.#isRtcpEncrypted;
    const sealed = this.#rtcp.seal({ packet, start: RTCP_HEADER_BYTES, ssrc, index, trailer, isEncrypted });
    if (this.#isTagFirst) return joined(sealed.packet, sealed.tag, trailer, this.#mki);
    return joined(sealed.packet, trailer, this.#mki, sealed.tag);
  }

  unprotectRtcp(packet: Uint8Array): Result<Uint8Array, SrtpFault> {
    const { tagBytes } = this.#rtcp;
    const bodyEnd = packet.length - tagBytes - this.#mki.length - INDEX_WORD_BYTES;
    if (bodyEnd < RTCP_HEADER_BYTES) return this.#refuse('too-short');
    if ((packet[0] as number) >> 6 !== 2) return this.#refuse('malformed');
    const trailerAt = this.#isTagFirst ? bodyEnd + tagBytes : bodyEnd;
    const trailer = packet.subarray(trailerAt, trailerAt + INDEX_WORD_BYTES);
    const tagAt = this.#isTagFirst ? bodyEnd : packet.length - tagBytes;
    const mki = packet.subarray(trailerAt + INDEX_WORD_BYTES, trailerAt + INDEX_WORD_BYTES + this.#mki.length);
    if (!isEqual(mki, this.#mki)) return this.#refuse('wrong-mki');
    const word = readUint32(trailer, 0);
    const isEncrypted = word >= ENCRYPTED_BIT;
    // Only who agreed on clear SRTCP may send it.
    if (isEncrypted !== this.#isRtcpEncrypted) return this.#refuse('malformed');
    const index = isEncrypted ? word - ENCRYPTED_BIT : word;
    const ssrc = readUint32(packet, 4);
    const known = this.#rtcpSources.get(ssrc);
    const freshness = known?.check(index) ?? 'fresh';
    if (freshness !== 'fresh') return this.#refuse(freshness);
    if (known === undefined && this.#rtcpSources.size >= MAX_SOURCES) return this.#refuse('too-many-sources');
    const input = { packet: packet.subarray(0, bodyEnd), start: RTCP_HEADER_BYTES, ssrc, index, trailer, isEncrypted };
    const opened = this.#rtcp.open(input, packet.subarray(tagAt, tagAt + tagBytes));
    if (opened === undefined) return this.#refuse('authentication-failed');
    sourceOf(this.#rtcpSources, ssrc).mark(index);
    return ok(opened);
  }

  /** Sets the roll-over counter of a source that is joined late, where signalling tells it. */
  setRollOverCounter(ssrc: number, rollOverCounter: number, lastSequenceNumber: number): void {
    sourceOf(this.#rtpSources, ssrc).startAt(rollOverCounter * SEQUENCE_MODULUS + lastSequenceNumber);
  }

  #rtpInput(packet: Uint8Array, start: number, ssrc: number, index: number) {
    writeUint32(this.#counterWord, 0, Math.floor(index / SEQUENCE_MODULUS));
    return { packet, start, ssrc, index, trailer: this.#counterWord, isEncrypted: this.#isRtpEncrypted };
  }

  #tail(packet: Uint8Array, bodyEnd: number, tagBytes: number): { tag: Uint8Array; mki: Uint8Array } {
    const tagAt = this.#isTagFirst ? bodyEnd : bodyEnd + this.#mki.length;
    const mkiAt = this.#isTagFirst ? bodyEnd + tagBytes : bodyEnd;
    return { tag: packet.subarray(tagAt, tagAt + tagBytes), mki: packet.subarray(mkiAt, mkiAt + this.#mki.length) };
  }

  #refuse(fault: SrtpFault): Result<never, SrtpFault> {
    this.counters[fault]++;
    return err(fault);
  }
}

function sequenceOf(packet: Uint8Array): number {
  return ((packet[2] as number) << 8) | (packet[3] as number);
}

function sourceOf(sources: Map<number, ReplayWindow>, ssrc: number): ReplayWindow {
  let source = sources.get(ssrc);
  if (source === undefined) {
    source = new ReplayWindow();
    sources.set(ssrc, source);
  }
  return source;
}

/** The 48-bit index that is nearest to the highest so far. @see RFC 3711 §3.3.1, Appendix A */
function estimateIndex(highest: number, sequence: number): number {
  if (highest < 0) return sequence;
  const distance = ((sequence - (highest % SEQUENCE_MODULUS)) << 16) >> 16;
  const index = highest + distance;
  return index < 0 ? sequence : index;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
