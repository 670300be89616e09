import { randomBytes } from 'node:crypto';
import { type Clock, err, ok, type Random, type Result } from '@plugfest/model';
import {
  answerOffer,
  applyAnswer,
  type Capabilities,
  createOffer,
  FULL_CAPABILITIES,
  formatSdp,
  type LocalMedia,
  type LocalSession,
  type NegotiatedMedia,
  type NegotiationFault,
  parseSdp,
  type SessionDescription,
} from '@plugfest/sdp';
import type { MediaTransport } from './media-transport.ts';
import { UdpTransport } from './udp-transport.ts';
import { WebRtcConnection } from './webrtc-connection.ts';

const KINDS = ['audio', 'video'] as const;
type Kind = (typeof KINDS)[number];

/** What was agreed for one m-line, and the way of its packets. */
export interface AgreedLine {
  readonly media: NegotiatedMedia;
  readonly transport: MediaTransport;
  readonly ssrc: number;
}
export type Agreed = Partial<Record<Kind, AgreedLine>>;

/**
 * The media side of one call's offers and answers: owns sockets, keys and our description of ourselves. The peer's description decides between plain RTP, SDES and
 * WebRTC; a late offer of ours is plain RTP with keys beside it.
 */
export class CallMedia implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #host: string;
  readonly #session: { readonly id: string; version: number };
  readonly #lines: Record<Kind, { udp: UdpTransport; ssrc: number; sdes: { key: Uint8Array; salt: Uint8Array } }>;
  readonly #cname: string;
  readonly #resources: AsyncDisposableStack;
  #webrtc: WebRtcConnection | undefined;
  #webrtcConnected = false;
  #offered: SessionDescription | undefined;
  #description = '';

  private constructor(
    clock: Clock,
    host: string,
    random: Random,
    cname: string,
    audio: UdpTransport,
    video: UdpTransport,
    resources: AsyncDisposableStack,
  ) {
    this.#clock = clock;
    this.#host = host;
    this.#cname = cname;
    this.#session = { id: String(random.uint32()), version: 0 };
    const line = (udp: UdpTransport) => ({
      udp,
      ssrc: random.uint32(),
      sdes: { key: randomBytes(16), salt: randomBytes(14) },
    });
    this.#lines = { audio: line(audio), video: line(video) };
    this.#resources = resources;
  }

  /** @throws where the machine has no ports left */
  static async open(options: { clock: Clock; host: string; random: Random; cname: string }): Promise<CallMedia> {
    await using opening = new AsyncDisposableStack();
    const [audio, video] = [
      opening.use(await UdpTransport.open(options.host, options.clock)),
      opening.use(await UdpTransport.open(options.host, options.clock)),
    ];
    return new CallMedia(options.clock, options.host, options.random, options.cname, audio, video, opening.move());
  }

  /** Our current description, as it was sent last. */
  get description(): string {
    return this.#description;
  }

  /** Answers an offer, a first one or a later one. */
  async answer(offer: string): Promise<Result<{ sdp: string; agreed: Agreed }, NegotiationFault>> {
    const parsed = parseSdp(offer);
    if (!parsed.ok)
      return err({
        statusCode: 488,
        warning: `305 "${parsed.error.text.replaceAll('"', "'")}"`,
        code: parsed.error.code,
      });
    if (parsed.value.media.some(({ protocol }) => protocol.startsWith('UDP/TLS/'))) await this.#openWebRtc();
    const answered = answerOffer(parsed.value, CAPABILITIES, this.#local());
    if (!answered.ok) return answered;
    this.#description = formatSdp(answered.value.answer);
    return ok({ sdp: this.#description, agreed: this.#agree(answered.value.media) });
  }

  /** Our offer, for who calls without one. */
  offer(): string {
    this.#offered = createOffer(CAPABILITIES, this.#local('RTP/AVP'));
    this.#description = formatSdp(this.#offered);
    return this.#description;
  }

  /** Takes the answer to our offer. */
  take(answer: string): Result<Agreed, NegotiationFault> {
    const parsed = parseSdp(answer);
    if (!parsed.ok || !this.#offered)
      return err({ statusCode: 488, warning: '305 "No answer that can be read"', code: 'no-answer' });
    const applied = applyAnswer(this.#offered, parsed.value, CAPABILITIES);
    return applied.ok ? ok(this.#agree(applied.value)) : applied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  async #openWebRtc(): Promise<void> {
    this.#webrtc ??= this.#resources.use(await WebRtcConnection.open(this.#host, this.#clock));
  }

  #local(profile?: LocalMedia['profile']): LocalSession {
    const webrtc = this.#webrtc?.local;
    return {
      origin: { username: 'plugfest', sessionId: this.#session.id, sessionVersion: ++this.#session.version },
      address: this.#host,
      sessionName: 'Plugfest reference bridge',
      media: KINDS.map((kind): LocalMedia => {
        const { udp, ssrc, sdes } = this.#lines[kind];
        return {
          kind,
          rtpPort: this.#webrtc ? this.#webrtc.port : udp.rtpPort,
          ssrc,
          cname: this.#cname,
          ...(profile ? { profile } : {}),
          ...(kind === 'video' ? { bandwidthBps: 2_000_000 } : { ptimeMs: 20 }),
          sdes,
          ...(webrtc
            ? {
                msid: `plugfest ${kind}`,
                dtls: { fingerprint: webrtc.fingerprint, setup: 'passive' },
                ice: { ufrag: webrtc.ufrag, pwd: webrtc.pwd, candidates: webrtc.candidates },
              }
            : {}),
        };
      }),
    };
  }

  #agree(media: readonly NegotiatedMedia[]): Agreed {
    const rows = media.flatMap((line) => {
      if (line.kind === 'application') return [];
      const { udp, ssrc } = this.#lines[line.kind];
      const transport = line.dtls && this.#webrtc ? this.#bundled(line) : udp;
      if (transport === udp) udp.agree(line);
      return [[line.kind, { media: line, transport, ssrc }] as const];
    });
    return Object.fromEntries(rows);
  }

  readonly #bundledLines = new Map<Kind, MediaTransport>();

  #bundled(line: NegotiatedMedia): MediaTransport {
    const webrtc = this.#webrtc as WebRtcConnection;
    const kind = line.kind as Kind;
    const known = this.#bundledLines.get(kind);
    if (known) return known;
    const transport = webrtc.line(
      [...line.codecs, ...(line.telephoneEvent ? [line.telephoneEvent] : [])].map((codec) => codec.receivePayloadType),
    );
    this.#bundledLines.set(kind, transport);
    if (!this.#webrtcConnected && line.ice && line.dtls) {
      this.#webrtcConnected = true;
      // A handshake that fails leaves a call without media, which its statistics show; the signalling side may still hang up.
      webrtc.connect(line.ice, line.dtls).catch((fault: Error) => {
        this.fault = fault.message;
      });
    }
    return transport;
  }

  /** Why media cannot flow, where a handshake failed. */
  fault: string | undefined;
}

const CAPABILITIES: Capabilities = FULL_CAPABILITIES;
