import type { Clock, Random, Timer } from '@plugfest/model';
import {
  formatRtcpCompound,
  formatRtp,
  parseRtcpCompound,
  parseRtp,
  REQUESTED_SOURCES,
  type RtcpPacket,
  type RtpPacket,
  type RtpPayload,
  RtpReceiverStats,
  RtpSenderStream,
  SrtpContext,
  type VideoSourceEntry,
  type VideoSourceRequest,
} from '@plugfest/rtp';
import type { NegotiatedMedia } from '@plugfest/sdp';
import type { RtpSocket } from './rtp-socket.ts';

export interface MediaLineOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly socket: RtpSocket;
  readonly negotiated: NegotiatedMedia;
  readonly ssrc: number;
  readonly cname: string;
  readonly onPacket: (packet: RtpPacket, arrivalUs: number) => void;
  readonly onKeyFrameRequest?: () => void;
  readonly onVideoSourceRequest?: (request: VideoSourceRequest) => void;
  /** A last look at what is sent: what is broken on purpose is broken there. */
  readonly alter?: (packet: RtpPacket) => RtpPacket;
}

/** RFC 3550 §6.2 asks for 5 s; 2 s let a short call see reports too. Spread by ±50 %. */
const REPORT_INTERVAL_MS = 2000;
/** A request for a picture may get lost. */
const ASK_AGAIN_MS = 200;

/** One agreed m-line: secured RTP both ways, with its reports. */
export class MediaLine {
  readonly #options: MediaLineOptions;
  readonly #sender: RtpSenderStream;
  readonly #protect: SrtpContext | undefined;
  readonly #unprotect: SrtpContext | undefined;
  #receiver: RtpReceiverStats | undefined;
  #report: Timer | undefined;
  #asking: Timer | undefined;
  /** Packets that no key, parser or codec of ours could make anything of. */
  refused = 0;

  constructor(options: MediaLineOptions) {
    this.#options = options;
    const { negotiated, socket, ssrc, cname, random } = options;
    this.#sender = new RtpSenderStream({
      ssrc,
      payloadType: negotiated.codec.payloadType,
      clockRateHz: negotiated.codec.clockRateHz,
      cname,
      random,
    });
    this.#protect = negotiated.crypto && new SrtpContext(negotiated.crypto.local);
    this.#unprotect = negotiated.crypto && new SrtpContext(negotiated.crypto.remote);
    socket.connect(
      negotiated.rtcpMux ? { ...negotiated.remote, rtcpPort: negotiated.remote.rtpPort } : negotiated.remote,
    );
    socket.onRtp = (bytes) => this.#receiveRtp(bytes);
    socket.onRtcp = (bytes) => this.#receiveRtcp(bytes);
    this.#scheduleReport();
  }

  /** `payloadType` differs for telephone-events. */
  send(payloads: readonly RtpPayload[], ptsUs: number, payloadType?: number): void {
    for (const packet of this.#sender.packets(payloads, ptsUs, payloadType)) {
      const plain = formatRtp(this.#options.alter?.(packet) ?? packet);
      this.#options.socket.sendRtp(this.#protect?.protectRtp(plain) ?? plain);
    }
  }

  /** Asks the far end for a key frame (RFC 4585 §6.3.1); Lync calls it `x-pli`. */
  requestKeyFrame(): void {
    if (!this.#receiver) return;
    this.#sendRtcp([
      ...this.#reports(),
      { type: 'picture-loss-indication', senderSsrc: this.#sender.ssrc, mediaSsrc: this.#receiver.ssrc },
    ]);
  }

  /** Asks for a picture, alone in its packet (RFC 5506), until something comes: the same request each time. @see MS-RTP §2.2.12.2 */
  requestVideo(entries: readonly VideoSourceEntry[]): void {
    if (this.#receiver) return;
    const request = { requestedSource: REQUESTED_SOURCES.any, requestId: 1, keyFrame: true, entries };
    // Whose picture it will be is not known yet.
    this.#sendRtcp([{ type: 'video-source-request', senderSsrc: this.#sender.ssrc, mediaSsrc: 0, ...request }]);
    this.#asking = this.#options.clock.schedule(ASK_AGAIN_MS, () => this.requestVideo(entries));
  }

  close(): void {
    this.#asking?.cancel();
    this.#report?.cancel();
    this.#sendRtcp([...this.#reports(), { type: 'goodbye', ssrcs: [this.#sender.ssrc] }]);
  }

  #receiveRtp(bytes: Uint8Array): void {
    const { clock, negotiated, onPacket } = this.#options;
    const arrivalUs = clock.nowUs();
    const plain = this.#unprotect ? this.#unprotect.unprotectRtp(bytes) : { ok: true as const, value: bytes };
    const packet = plain.ok ? parseRtp(plain.value) : plain;
    if (!packet.ok) {
      this.refused++;
      return;
    }
    if (this.#receiver?.ssrc !== packet.value.ssrc) {
      this.#receiver = new RtpReceiverStats({ ssrc: packet.value.ssrc, clockRateHz: negotiated.codec.clockRateHz });
    }
    this.#receiver.receive(packet.value, arrivalUs);
    if (packet.value.payloadType === negotiated.codec.receivePayloadType) onPacket(packet.value, arrivalUs);
    else this.refused++;
  }

  #receiveRtcp(bytes: Uint8Array): void {
    const plain = this.#unprotect ? this.#unprotect.unprotectRtcp(bytes) : { ok: true as const, value: bytes };
    const compound = plain.ok ? parseRtcpCompound(plain.value) : plain;
    if (!compound.ok) {
      this.refused++;
      return;
    }
    for (const packet of compound.value) this.#takeRtcp(packet);
  }

  #takeRtcp(packet: RtcpPacket): void {
    if (packet.type === 'sender-report') this.#receiver?.onSenderReport(packet, this.#options.clock.nowUs());
    if (packet.type === 'picture-loss-indication' || packet.type === 'full-intra-request')
      this.#options.onKeyFrameRequest?.();
    if (packet.type === 'video-source-request') this.#options.onVideoSourceRequest?.(packet);
  }

  #scheduleReport(): void {
    const { clock, random } = this.#options;
    this.#report = clock.schedule(REPORT_INTERVAL_MS * (0.5 + random.next()), () => {
      this.#sendRtcp(this.#reports());
      this.#scheduleReport();
    });
  }

  #reports(): RtcpPacket[] {
    const nowUs = this.#options.clock.nowUs();
    return this.#sender.senderReport(
      nowUs,
      Date.now() * 1000 - nowUs,
      this.#receiver ? [this.#receiver.report(nowUs)] : [],
    );
  }

  #sendRtcp(packets: readonly RtcpPacket[]): void {
    const plain = formatRtcpCompound(packets);
    this.#options.socket.sendRtcp(this.#protect?.protectRtcp(plain) ?? plain);
  }
}
