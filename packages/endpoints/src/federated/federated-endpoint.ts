import { randomBytes } from 'node:crypto';
import { ruleIn } from '@plugfest/federation';
import { cacheDirectory } from '@plugfest/host';
import type { Refusal } from '@plugfest/model';
import { applyAnswer, FULL_CAPABILITIES, type NegotiatedMedia, parseSdp } from '@plugfest/sdp';
import type { MediaWire } from '@plugfest/wire';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import type { CallRefused, ClientSignalling } from './client-signalling.ts';
import { type IceCredentials, iceCredentials, placesIn, withIce } from './ice-part.ts';
import { MediaProcess } from './media-process.ts';
import type { LinePorts } from './media-protocol.ts';
import { formatOffer, type OfferedMedia, type OfferOptions } from './offer.ts';
import { FEDERATED_PROFILES, type FederatedProfile } from './profile.ts';
import { SipSignalling } from './sip-signalling.ts';
import { WebSignalling } from './web-signalling.ts';

const HOST = '127.0.0.1';

/** Key and salt of AES_CM_128. @see RFC 4568 §6.1 */
const SDES_BYTES = 16 + 14;

/** A simulated federated client: signals over TLS to its domain's front end, in SIP or, as phones do, in HTTPS; media, in a process of its own, in SRTP with SDES keys. */
export class FederatedEndpoint implements Endpoint {
  readonly kind = 'federated';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #profile: FederatedProfile;
  readonly #resources = new AsyncDisposableStack();
  readonly #media: MediaProcess;
  #signalling: ClientSignalling | undefined;
  #hasEnded = false;

  private constructor(context: EndpointContext, profile: FederatedProfile) {
    const { plan, sabotage, captureFile, random, emit } = context;
    this.#context = context;
    this.#profile = profile;
    this.#media = this.#resources.use(
      MediaProcess.open({
        participant: plan,
        sabotage,
        captureFile,
        cacheDir: cacheDirectory(),
        bitrateBps: profile.videoBitrateBps,
        videoOnRequest: profile.videoOnRequest,
        seed: random.uint32(),
        onStarted: (startedUs) => emit('source.started', { startedUs }),
        onFault: (message) => emit('endpoint.fault', { message }),
      }),
    );
    this.mediaReady = this.#media.ready;
  }

  /** Starts its media process, which makes itself ready meanwhile. @throws for a profile that is not in the table */
  static async open(context: EndpointContext): Promise<FederatedEndpoint> {
    const profile = FEDERATED_PROFILES[context.plan.profile];
    if (!profile)
      throw new Error(
        `no federated profile “${context.plan.profile}”; there are: ${Object.keys(FEDERATED_PROFILES).join(', ')}`,
      );
    return new FederatedEndpoint(context, profile);
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    const signalling = await this.#signallingTo(target);
    this.#signalling = signalling;
    const wire = await this.#context.openWire(2);
    const ports = await this.#media.ports;
    const [audio, video] = [this.#offered(ports.audio), this.#offered(ports.video)];
    const offered: OfferOptions = { address: HOST, sessionId: this.#context.random.uint32(), audio, video };
    const credentials = this.#profile.ice ? [audio, video].map(() => iceCredentials(this.#context.random)) : [];
    const sdp = formatOffer(this.#profile, offered);
    const called = await signalling.call(wire.rewriteLocal(sdp), credentials);
    if (!called.ok) return { joined: false, refusal: this.#refusalOf(called) };
    const agreed = this.#agree(sdp, called.answer, wire);
    if (this.#profile.ice) await this.#confirm(signalling, offered, credentials, called.answer, wire);
    this.#media.start({ negotiated: agreed.audio, ssrc: audio.ssrc }, { negotiated: agreed.video, ssrc: video.ssrc });
    return { joined: true, audioCodec: agreed.audio.codec.encodingName, videoCodec: agreed.video.codec.encodingName };
  }

  async hangUp(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#signalling?.hangUp();
    const droppedFrames = await this.#media.stop();
    if (droppedFrames !== null) this.#context.emit('capture.closed', { droppedFrames });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #offered(ports: LinePorts): OfferedMedia {
    // Room for the hundred SSRCs that Lync reserves.
    const ssrc = 1 + (this.#context.random.uint32() % 0xffff_ff00);
    return { ...ports, ssrc, sdesKey: randomBytes(SDES_BYTES).toString('base64') };
  }

  /** Over HTTPS where the client speaks that and its domain has it; else SIP. */
  async #signallingTo(target: JoinTarget): Promise<ClientSignalling> {
    const [context, profile] = [this.#context, this.#profile];
    if (profile.signsIn === 'https' && target.web)
      return this.#resources.use(new WebSignalling(context, profile, target, target.web));
    if (target.outboundProxy === undefined)
      throw new Error(`${context.plan.id} needs its domain's front end to call through`);
    return this.#resources.use(await SipSignalling.open(context, profile, target));
  }

  /** The second INVITE, with the pair of addresses that the checks chose: with a far end that has no ICE that of the descriptions. @see MS-ICE2 §3.1.4.8.3 */
  async #confirm(
    signalling: ClientSignalling,
    offered: OfferOptions,
    credentials: readonly IceCredentials[],
    answer: string,
    wire: MediaWire,
  ): Promise<void> {
    const sdp = wire.rewriteLocal(formatOffer(this.#profile, { ...offered, sessionVersion: 2 }));
    const theirs = placesIn(answer).flatMap((place) => place ?? []);
    const body = withIce(sdp, 'v19', credentials, theirs);
    const refused = await signalling.offerAgain({ contentType: 'application/sdp', body });
    if (refused)
      this.#context.emit('endpoint.fault', {
        message: `the INVITE after ICE was refused: ${refused.statusCode} ${refused.reasonPhrase}`,
      });
  }

  #agree(offer: string, answer: string, wire: MediaWire): { audio: NegotiatedMedia; video: NegotiatedMedia } {
    const [ours, theirs] = [parseSdp(offer), parseSdp(wire.rewriteRemote(answer))];
    if (!ours.ok || !theirs.ok) throw new Error('the answer is no session description');
    const agreed = applyAnswer(ours.value, theirs.value, FULL_CAPABILITIES);
    if (!agreed.ok) throw new Error(`the answer does not fit the offer: ${agreed.error.code}`);
    const [audio, video] = ['audio', 'video'].map((kind) => agreed.value.find((media) => media.kind === kind));
    if (!audio || !video) throw new Error('the answer rejects audio or video');
    return { audio, video };
  }

  #refusalOf({ statusCode, reasonPhrase, diagnostics }: CallRefused): Refusal {
    const { plan, clock } = this.#context;
    const rule = ruleIn(diagnostics ?? undefined);
    return { participant: plan.id, statusCode, reasonPhrase, rule, diagnostics, atUs: clock.nowUs() };
  }
}
