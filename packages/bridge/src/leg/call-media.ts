import { randomBytes } from 'node:crypto';
import { type Clock, err, ok, type Random, type Result } from '@plugfest/model';
import type { CameraMove } from '@plugfest/rtp';
import {
  type Attribute,
  answerOffer,
  applyAnswer,
  attribute,
  createOffer,
  formatSdp,
  type IceParameters,
  type LocalMedia,
  type LocalSession,
  type NegotiatedMedia,
  type NegotiationFault,
  parseSdp,
  type RtpProfile,
  type SessionDescription,
} from '@plugfest/sdp';
import { FLOOR } from '../conference/content-floor.ts';
import { agreeOnCamera, type CameraAgreement, cameraAnswer } from './camera-line.ts';
import { CameraLink } from './camera-link.ts';
import { capabilitiesFor, type TransportCc } from './capabilities.ts';
import { agreeOnFloor, type FloorAgreement, floorAnswer } from './floor-line.ts';
import { FloorLink } from './floor-link.ts';
import type { MediaTransport } from './media-transport.ts';
import { isSlides, isWebRtc, offersSlides, SLIDES_LABEL, sourcesOf, withScreen } from './second-video.ts';
import { UdpTransport } from './udp-transport.ts';
import { type BundledTransport, WebRtcConnection } from './webrtc-connection.ts';

/** Streams of a call by what they are for; `slides` is a second video, of what somebody shows. */
const KINDS = ['audio', 'video', 'slides'] as const;
type Kind = (typeof KINDS)[number];

interface Line {
  readonly udp: UdpTransport;
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly sdes: { readonly key: Uint8Array; readonly salt: Uint8Array };
}

/** What was agreed for one m-line, and the way of its packets. */
export interface AgreedLine {
  readonly media: NegotiatedMedia;
  readonly transport: MediaTransport;
  readonly ssrc: number;
  /** Of its retransmissions. */
  readonly rtxSsrc: number;
}
export type Agreed = Partial<Record<Kind, AgreedLine>>;

export interface CallMediaOptions {
  readonly clock: Clock;
  readonly host: string;
  readonly random: Random;
  readonly cname: string;
  /** Names this call to the floor control server. */
  readonly floorUserId: number;
  readonly transportCc: TransportCc;
  /** What the peer wants of the far end's camera. */
  readonly onCamera: (wish: CameraWish) => void;
  /** Media cannot flow: a handshake failed, or the peer is not who its fingerprint says. */
  readonly onFault: (message: string) => void;
  /** The peer no longer agrees to be sent anything. @see RFC 7675 §5.1 */
  readonly onConsentLost?: () => void;
  /** Whether the peer may tell of more ICE candidates after its description. @see RFC 8838 */
  readonly trickles?: boolean;
}

/** A camera is to move so, or (`rests`) no more; or another source is to be shown. */
export type CameraWish = { readonly move: CameraMove } | { readonly rests: true } | { readonly source: number };

/** What we let a peer send us, `b=AS`. */
const RECEIVE_VIDEO_BPS = 2_000_000;

/** The media side of one call's offers and answers: owns sockets, keys and our description of ourselves. The peer's description decides between plain RTP, SDES and WebRTC. */
export class CallMedia implements AsyncDisposable {
  readonly #options: CallMediaOptions;
  readonly #sessionId: string;
  readonly #lines = new Map<Kind, Line>();
  readonly #resources: AsyncDisposableStack;
  readonly #bundled = new Map<Kind, BundledTransport>();
  #profile: RtpProfile = 'RTP/AVP';
  #webrtc: WebRtcConnection | undefined;
  #isConnecting = false;
  /** Their present candidates are, or were, checked. */
  #isChecked = false;
  readonly #connected = Promise.withResolvers<void>();
  #offered: SessionDescription | undefined;
  /** Our last answer, where it has lines that a first offer of ours would not have. */
  #answered: SessionDescription | undefined;
  #floor: FloorLink | undefined;
  #camera: CameraLink | undefined;
  #sessionVersion = 0;
  /** What the peer's packets were numbered by last. */
  #sequenceNumberId: number | undefined;
  #description = '';

  private constructor(
    options: CallMediaOptions,
    audio: UdpTransport,
    video: UdpTransport,
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    this.#sessionId = String(options.random.uint32());
    this.#resources = resources;
    this.#addLine('audio', audio);
    this.#addLine('video', video);
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

  /** Resolves when media can flow over ICE and DTLS; never where they cannot. */
  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  /** More candidates of the peer's. */
  async addCandidates(ice: Pick<IceParameters, 'candidates' | 'endOfCandidates'>): Promise<void> {
    await this.#webrtc?.addCandidates(ice);
  }

  /** ICE begins anew with the peer's new credentials, beside all descriptions; what is sent goes the old way until then. @returns ours @see RFC 8445 §9 */
  async restartIce(ice: IceParameters): Promise<Pick<IceParameters, 'ufrag' | 'pwd' | 'candidates'> | undefined> {
    const webrtc = this.#webrtc;
    if (!webrtc) return undefined;
    await webrtc.restart();
    webrtc.check(ice).catch((fault: unknown) => this.#options.onFault(String(fault)));
    return webrtc.local;
  }

  /** Answers an offer, a first one or a later one. */
  async answer(offer: string): Promise<Result<{ sdp: string; agreed: Agreed }, NegotiationFault>> {
    const parsed = parseSdp(offer);
    if (!parsed.ok) return err(unreadable(parsed.error.code, parsed.error.text));
    const described = withScreen(parsed.value);
    if (described.media.some(isWebRtc)) await this.#openWebRtc();
    await this.#restartWith(described);
    if (offersSlides(described)) await this.#openSlides();
    const capabilities = capabilitiesFor(this.#options.transportCc, described);
    const answered = answerOffer(described, capabilities, this.#local());
    if (!answered.ok) return answered;
    const floor = agreeOnFloor(described);
    await this.#openFloor(floor);
    const camera = agreeOnCamera(described);
    await this.#openCamera(camera);
    const sdp = this.#describe((local) => {
      const again = answerOffer(described, capabilities, local);
      const answer = again.ok ? again.value.answer : answered.value.answer;
      this.#answered = this.#withCamera(this.#withFloor(answer, described, floor), described, camera);
      return this.#answered;
    });
    return ok({ sdp, agreed: this.#agree(answered.value.media, described) });
  }

  /** Our offer, for who calls without one; later in a call: under the profile of before. */
  async offer(profile: RtpProfile = this.#profile): Promise<string> {
    this.#profile = profile;
    if (profile.startsWith('UDP/TLS/')) await this.#openWebRtc();
    const again = this.#offeredAgain();
    if (again) return this.#describe(again);
    return this.#describe((local) => {
      this.#offered = createOffer(capabilitiesFor(this.#options.transportCc), {
        ...local,
        ...(this.#sequenceNumberId === undefined ? {} : { sequenceNumberId: this.#sequenceNumberId }),
        media: local.media.filter(({ content }) => content === undefined).map((row) => ({ ...row, profile })),
      });
      return this.#offered;
    });
  }

  /** Takes the answer to our offer. */
  take(answer: string): Result<Agreed, NegotiationFault> {
    const parsed = parseSdp(answer);
    if (!parsed.ok) return err(unreadable(parsed.error.code, parsed.error.text));
    if (!this.#offered) return err(unreadable('no-offer', 'an answer without an offer'));
    const applied = applyAnswer(this.#offered, parsed.value, capabilitiesFor(this.#options.transportCc));
    return applied.ok ? ok(this.#agree(applied.value, parsed.value)) : applied;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** The call's way to the floor control server, where that was agreed on. */
  get floor(): FloorLink | undefined {
    return this.#floor;
  }

  /** A later offer must have every m-line that was ever there, in its place: the last answer said anew, nothing on hold. @see RFC 3264 §8 */
  #offeredAgain(): ((local: LocalSession) => SessionDescription) | undefined {
    const last = this.#answered;
    if (!last?.media.some(({ kind, port }, at) => port === 0 || kind !== KINDS[at])) return undefined;
    return ({ origin }) => {
      const media = last.media.map((line) => ({ ...line, attributes: line.attributes.map(resumed) }));
      this.#offered = { ...last, origin: { ...last.origin, sessionVersion: `${origin.sessionVersion}` }, media };
      return this.#offered;
    };
  }

  #addLine(kind: Kind, udp: UdpTransport): void {
    const sdes = { key: randomBytes(16), salt: randomBytes(14) };
    const [ssrc, rtxSsrc] = [this.#options.random.uint32(), this.#options.random.uint32()];
    this.#lines.set(kind, { udp, ssrc, rtxSsrc, sdes });
  }

  async #openSlides(): Promise<void> {
    if (this.#lines.has('slides')) return;
    const { host, clock } = this.#options;
    this.#addLine('slides', this.#resources.use(await UdpTransport.open(host, clock)));
  }

  /** Opens, keeps or ends the call's floor control. */
  async #openFloor(agreement: FloorAgreement | undefined): Promise<void> {
    const { host, clock, floorUserId } = this.#options;
    const isSame = agreement?.transport === this.#floor?.transport && agreement?.setup === this.#floor?.setup;
    if (agreement && this.#floor && isSame) return this.#floor.agree(agreement);
    await this.#floor?.[Symbol.asyncDispose]();
    this.#floor = agreement && this.#resources.use(await FloorLink.open(host, floorUserId, agreement, clock));
  }

  #withFloor(
    answer: SessionDescription,
    offer: SessionDescription,
    agreement: FloorAgreement | undefined,
  ): SessionDescription {
    const offered = agreement && offer.media[agreement.index];
    if (!offered || !this.#floor) return answer;
    const identity = { ...FLOOR, userId: this.#floor.userId, label: SLIDES_LABEL };
    const line = floorAnswer(offered, agreement, this.#floor.port, identity);
    return { ...answer, media: answer.media.with(agreement.index, line) };
  }

  /** Opens, keeps or ends the call's way to the camera. */
  async #openCamera(agreement: CameraAgreement | undefined): Promise<void> {
    if (agreement && this.#camera) return this.#camera.agree(agreement);
    await this.#camera?.[Symbol.asyncDispose]();
    const { onCamera, ...shared } = this.#options;
    const onMove = (move: CameraMove | undefined): void => onCamera(move ? { move } : { rests: true });
    const options = { ...shared, onMove, onSource: (source: number) => onCamera({ source }) };
    this.#camera = agreement && this.#resources.use(await CameraLink.open(options, agreement));
  }

  #withCamera(
    answer: SessionDescription,
    offer: SessionDescription,
    agreement: CameraAgreement | undefined,
  ): SessionDescription {
    const offered = agreement && offer.media[agreement.index];
    if (!offered || !this.#camera) return answer;
    return {
      ...answer,
      media: answer.media.with(agreement.index, cameraAnswer(offered, agreement, this.#camera.port)),
    };
  }

  async #openWebRtc(): Promise<void> {
    const { host, clock, cname, trickles = false, onConsentLost } = this.#options;
    const source = { ssrc: this.#lines.get('audio')?.ssrc ?? 0, cname };
    this.#webrtc ??= this.#resources.use(await WebRtcConnection.open({ host, clock, source, trickles, onConsentLost }));
  }

  /** New credentials of theirs are answered by new ones of ours. @see RFC 8839 §4.4.1.1.1 */
  async #restartWith(theirs: SessionDescription): Promise<void> {
    const line = theirs.media.find(isWebRtc);
    const ufrag = (line && attribute(line, 'ice-ufrag')) ?? attribute(theirs, 'ice-ufrag');
    if (ufrag === undefined || !this.#webrtc?.isRestartedBy(ufrag)) return;
    await this.#webrtc.restart();
    this.#isChecked = false;
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
      media: [...this.#lines].map(([kind, line]) => this.#localMedia(kind, line)),
    };
  }

  #localMedia(kind: Kind, { udp, ssrc, rtxSsrc, sdes }: Line): LocalMedia {
    const webrtc = this.#webrtc?.local;
    return {
      kind: kind === 'audio' ? 'audio' : 'video',
      ...(kind === 'slides' ? { content: 'slides', label: SLIDES_LABEL } : {}),
      rtpPort: this.#webrtc ? this.#webrtc.port : udp.rtpPort,
      ssrc,
      rtxSsrc,
      cname: this.#options.cname,
      ...(kind === 'audio' ? { ptimeMs: 20 } : { bandwidthBps: RECEIVE_VIDEO_BPS }),
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

  #agree(media: readonly NegotiatedMedia[], theirs: SessionDescription): Agreed {
    const rows = media.flatMap((line) => {
      const kind = kindOf(line);
      const own = kind && this.#lines.get(kind);
      if (!own) return [];
      this.#profile = line.profile;
      const { ssrc, rtxSsrc } = own;
      return [[kind, { media: line, transport: this.#transportOf(kind, line, own, theirs), ssrc, rtxSsrc }] as const];
    });
    return Object.fromEntries(rows);
  }

  #transportOf(kind: Kind, line: NegotiatedMedia, { udp }: Line, theirs: SessionDescription): MediaTransport {
    const ssrcs = sourcesOf(theirs.media[line.index]);
    if (line.dtls && this.#webrtc) return this.#bundledTransport(kind, line, ssrcs, this.#webrtc);
    udp.agree(line);
    return udp;
  }

  #bundledTransport(
    kind: Kind,
    line: NegotiatedMedia,
    ssrcs: readonly number[],
    webrtc: WebRtcConnection,
  ): MediaTransport {
    const codecs = [...line.codecs, ...(line.telephoneEvent ? [line.telephoneEvent] : [])];
    const payloadTypes = codecs.flatMap(({ receivePayloadType, rtx }) => [
      receivePayloadType,
      ...(rtx ? [rtx.receivePayloadType] : []),
    ]);
    if (line.comfortNoise) payloadTypes.push(line.comfortNoise.receivePayloadType);
    const transport = this.#bundled.get(kind) ?? webrtc.line();
    webrtc.setSources(transport, payloadTypes, ssrcs);
    this.#bundled.set(kind, transport);
    transport.sequenceNumberId = line.sequenceNumberId;
    this.#sequenceNumberId = line.sequenceNumberId ?? this.#sequenceNumberId;
    this.#connect(line, webrtc);
    return transport;
  }

  #connect({ ice, dtls }: NegotiatedMedia, webrtc: WebRtcConnection): void {
    if (this.#isChecked || !ice || !dtls) return;
    this.#isChecked = true;
    const connected = this.#isConnecting ? webrtc.check(ice) : webrtc.connect(ice, dtls, this.#offered !== undefined);
    this.#isConnecting = true;
    connected.then(this.#connected.resolve, (fault: unknown) => this.#options.onFault(String(fault)));
  }
}

function kindOf({ kind, content }: NegotiatedMedia): Kind | undefined {
  if (kind === 'application') return undefined;
  return isSlides({ kind, content }) ? 'slides' : kind;
}

function resumed(each: Attribute): Attribute {
  // Whoever offers leaves the roles of DTLS open (RFC 8842 §5.2); of floor control the roles stay.
  if (each.name === 'setup' && each.value === 'passive') return { name: 'setup', value: 'actpass' };
  const isDirection = ['recvonly', 'sendonly', 'inactive'].includes(each.name) && each.value === undefined;
  return isDirection ? { name: 'sendrecv' } : each;
}

function unreadable(code: string, text: string): NegotiationFault {
  return { statusCode: 488, warning: `399 "${text.replaceAll('"', "'")}"`, code };
}
