import { randomBytes } from 'node:crypto';
import { type Clock, err, ok, type Random, type Result } from '@plugfest/model';
import {
  answerOffer,
  applyAnswer,
  createOffer,
  FULL_CAPABILITIES,
  formatSdp,
  type LocalMedia,
  type LocalSession,
  type NegotiatedMedia,
  type NegotiationFault,
  parseSdp,
  type RtpProfile,
  type SessionDescription,
} from '@plugfest/sdp';
import type { MediaTransport } from './media-transport.ts';
import { UdpTransport } from './udp-transport.ts';
import { type BundledTransport, WebRtcConnection } from './webrtc-connection.ts';

const KINDS = ['audio', 'video'] as const;
type Kind = (typeof KINDS)[number];

/** What was agreed for one m-line, and the way of its packets. */
export interface AgreedLine {
  readonly media: NegotiatedMedia;
  readonly transport: MediaTransport;
  readonly ssrc: number;
}
export type Agreed = Partial<Record<Kind, AgreedLine>>;

export interface CallMediaOptions {
  readonly clock: Clock;
  readonly host: string;
  readonly random: Random;
  readonly cname: string;
  /** Media cannot flow: a handshake failed, or the peer is not who its fingerprint says. */
  readonly onFault: (message: string) => void;
}

/** What we let a peer send us, `b=AS`. */
const RECEIVE_VIDEO_BPS = 2_000_000;

/** The media side of one call's offers and answers: owns sockets, keys and our description of ourselves. The peer's description decides between plain RTP, SDES and WebRTC. */
export class CallMedia implements AsyncDisposable {
  readonly #options: CallMediaOptions;
  readonly #sessionId: string;
  readonly #lines: Record<Kind, { udp: UdpTransport; ssrc: number; sdes: { key: Uint8Array; salt: Uint8Array } }>;
  readonly #resources: AsyncDisposableStack;
  readonly #bundled = new Map<Kind, BundledTransport>();
  #profile: RtpProfile = 'RTP/AVP';
  #webrtc: WebRtcConnection | undefined;
  #isConnecting = false;
  #offered: SessionDescription | undefined;
  #sessionVersion = 0;
  #description = '';

  private constructor(
    options: CallMediaOptions,
    audio: UdpTransport,
    video: UdpTransport,
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#sessionId = String(options.random.uint32());
    const line = (udp: UdpTransport) => ({
      udp,
      ssrc: options.random.uint32(),
      sdes: { key: randomBytes(16), salt: randomBytes(14) },
    });
    this.#lines = { audio: line(audio), video: line(video) };
    this.#resources = resources;
  }

  /** @throws where the machine has no ports left */
  static async open(options: CallMediaOptions): Promise<CallMedia> {
    await using opening = new AsyncDisposableStack();
    const audio = opening.use(await UdpTransport.open(options.host, options.clock));
    const video = opening.use(await UdpTransport.open(options.host, options.clock));
    return new CallMedia(options, audio, video, opening.move());
  }

  /** Our current description, as it was sent last. */
  get description(): string {
    return this.#description;
  }

  /** Answers an offer, a first one or a later one. */
  async answer(offer: string): Promise<Result<{ sdp: string; agreed: Agreed }, NegotiationFault>> {
    const parsed = parseSdp(offer);
    if (!parsed.ok) return err(unreadable(parsed.error.code, parsed.error.text));
    if (parsed.value.media.some(({ protocol }) => protocol.startsWith('UDP/TLS/'))) await this.#openWebRtc();
    const answered = answerOffer(parsed.value, FULL_CAPABILITIES, this.#local());
    if (!answered.ok) return answered;
    const sdp = this.#describe((local) => {
      const again = answerOffer(parsed.value, FULL_CAPABILITIES, local);
      return again.ok ? again.value.answer : answered.value.answer;
    });
    return ok({ sdp, agreed: this.#agree(answered.value.media) });
  }

  /** Our offer, for who calls without one; later in a call: under the profile of before. */
  async offer(profile: RtpProfile = this.#profile): Promise<string> {
    this.#profile = profile;
    if (profile.startsWith('UDP/TLS/')) await this.#openWebRtc();
    return this.#describe((local) => {
      this.#offered = createOffer(FULL_CAPABILITIES, {
        ...local,
        media: local.media.map((row) => ({ ...row, profile })),
      });
      return this.#offered;
    });
  }

  /** Takes the answer to our offer. */
  take(answer: string): Result<Agreed, NegotiationFault> {
    const parsed = parseSdp(answer);
    if (!parsed.ok) return err(unreadable(parsed.error.code, parsed.error.text));
    if (!this.#offered) return err(unreadable('no-offer', 'an answer without an offer'));
    const applied = applyAnswer(this.#offered, parsed.value, FULL_CAPABILITIES);
    return applied.ok ? ok(this.#agree(applied.value)) : applied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #openWebRtc(): Promise<void> {
    const { host, clock } = this.#options;
    this.#webrtc ??= this.#resources.use(await WebRtcConnection.open(host, clock));
  }

  /** Says it with the version of before where nothing else changed. @see RFC 3264 §8 */
  #describe(say: (local: LocalSession) => SessionDescription): string {
    const same = formatSdp(say(this.#local()));
    if (same === this.#description) return same;
    this.#sessionVersion++;
    this.#description = formatSdp(say(this.#local()));
    return this.#description;
  }

  #local(): LocalSession {
    const { host } = this.#options;
    return {
      origin: { username: 'plugfest', sessionId: this.#sessionId, sessionVersion: this.#sessionVersion },
      address: host,
      sessionName: 'Plugfest reference bridge',
      media: KINDS.map((kind) => this.#localMedia(kind)),
    };
  }

  #localMedia(kind: Kind): LocalMedia {
    const { udp, ssrc, sdes } = this.#lines[kind];
    const webrtc = this.#webrtc?.local;
    return {
      kind,
      rtpPort: this.#webrtc ? this.#webrtc.port : udp.rtpPort,
      ssrc,
      cname: this.#options.cname,
      ...(kind === 'video' ? { bandwidthBps: RECEIVE_VIDEO_BPS } : { ptimeMs: 20 }),
      sdes,
      ...(webrtc
        ? {
            mid: kind,
            msid: `plugfest ${kind}`,
            dtls: { fingerprint: webrtc.fingerprint, setup: 'passive' },
            ice: { ufrag: webrtc.ufrag, pwd: webrtc.pwd, candidates: webrtc.candidates },
          }
        : {}),
    };
  }

  #agree(media: readonly NegotiatedMedia[]): Agreed {
    const rows = media.flatMap((line) => {
      if (line.kind === 'application') return [];
      this.#profile = line.profile;
      const { ssrc } = this.#lines[line.kind];
      return [[line.kind, { media: line, transport: this.#transportOf(line.kind, line), ssrc }] as const];
    });
    return Object.fromEntries(rows);
  }

  #transportOf(kind: Kind, line: NegotiatedMedia): MediaTransport {
    if (line.dtls && this.#webrtc) return this.#bundledTransport(kind, line, this.#webrtc);
    const { udp } = this.#lines[kind];
    udp.agree(line);
    return udp;
  }

  #bundledTransport(kind: Kind, line: NegotiatedMedia, webrtc: WebRtcConnection): MediaTransport {
    const codecs = [...line.codecs, ...(line.telephoneEvent ? [line.telephoneEvent] : [])];
    const payloadTypes = codecs.map(({ receivePayloadType }) => receivePayloadType);
    const transport = this.#bundled.get(kind) ?? webrtc.line();
    webrtc.setPayloadTypes(transport, payloadTypes);
    this.#bundled.set(kind, transport);
    this.#connect(line, webrtc);
    return transport;
  }

  #connect({ ice, dtls }: NegotiatedMedia, webrtc: WebRtcConnection): void {
    if (this.#isConnecting || !ice || !dtls) return;
    this.#isConnecting = true;
    webrtc
      .connect(ice, dtls, this.#offered !== undefined)
      .catch((fault: unknown) => this.#options.onFault(String(fault)));
  }
}

function unreadable(code: string, text: string): NegotiationFault {
  return { statusCode: 488, warning: `399 "${text.replaceAll('"', "'")}"`, code };
}
