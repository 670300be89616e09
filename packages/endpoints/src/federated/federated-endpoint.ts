import { randomBytes } from 'node:crypto';
import { ruleNamedIn } from '@plugfest/federation';
import { cacheDirectory } from '@plugfest/host';
import { applyAnswer, FULL_CAPABILITIES, type NegotiatedMedia, parseSdp } from '@plugfest/sdp';
import { bodyParts, header, type SipResponse } from '@plugfest/sip';
import { type OutgoingSession, UserAgent } from '@plugfest/sip-node';
import type { MediaWire } from '@plugfest/wire';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { MediaProcess } from './media-process.ts';
import type { LinePorts } from './media-protocol.ts';
import { formatOffer, formatOfferBody, type OfferedMedia } from './offer.ts';
import { FEDERATED_PROFILES, type FederatedProfile } from './profile.ts';

const HOST = '127.0.0.1';
const REGISTRATION_S = 7200;

/** Key and salt of AES_CM_128. @see RFC 4568 §6.1 */
const SDES_BYTES = 16 + 14;

/** A simulated federated client: signals over TLS to its domain's front end; media, in a process of its own, in SRTP with SDES keys. */
export class FederatedEndpoint implements Endpoint {
  readonly kind = 'federated';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #profile: FederatedProfile;
  readonly #resources = new AsyncDisposableStack();
  readonly #media: MediaProcess;
  #session: OutgoingSession | undefined;
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
    if (target.outboundProxy === undefined)
      throw new Error(`${this.#context.plan.id} needs its domain's front end to call through`);
    const wire = await this.#context.openWire(2);
    const ports = await this.#media.ports;
    const [audio, video] = [this.#offered(ports.audio), this.#offered(ports.video)];
    const sessionId = this.#context.random.uint32();
    const sdp = formatOffer(this.#profile, { address: HOST, sessionId, audio, video });
    const response = await this.#call(target, wire.rewriteLocal(sdp));
    if (!response.ok) return { joined: false, refusal: this.#refusalOf(response.response) };
    const agreed = this.#agree(sdp, response.response, wire);
    this.#media.start({ negotiated: agreed.audio, ssrc: audio.ssrc }, { negotiated: agreed.video, ssrc: video.ssrc });
    return { joined: true, audioCodec: agreed.audio.codec.encodingName, videoCodec: agreed.video.codec.encodingName };
  }

  async hangUp(): Promise<void> {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    await this.#session?.bye();
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

  async #call(target: JoinTarget, sdp: string): Promise<Awaited<OutgoingSession['answered']>> {
    const { plan, clock, random, signal } = this.#context;
    const agent = this.#resources.use(
      await UserAgent.open({
        clock,
        random,
        listen: [],
        aor: plan.uri,
        displayName: plan.name,
        userAgentHeader: this.#profile.userAgent(plan.clientVersion ?? '0'),
        contactParameters: this.#profile.contactParameters,
        allow: this.#profile.allow.split(', '),
        tls: { ca: target.caPem },
        outboundProxy: `sip:${target.outboundProxy};transport=tls;lr`,
      }),
    );
    const domain = plan.uri.split('@')[1] ?? '';
    const registered = await agent.register({ registrar: `sip:${domain}`, expiresS: REGISTRATION_S });
    if (registered.statusCode >= 300) return { ok: false, response: registered };
    const { contentType, body } = formatOfferBody(this.#profile, sdp, random);
    const headers = this.#profile.inviteHeaders.map(([name, value]) => ({ name, value }));
    this.#session = agent.invite(target.conferenceUri, {
      body: Buffer.from(body, 'latin1'),
      contentType,
      headers,
      signal,
    });
    // The far end may refresh the session: the same description answers it.
    this.#session.onReinvite = () => ({ contentType: 'application/sdp', body: Buffer.from(sdp, 'latin1') });
    return this.#session.answered;
  }

  #agree(offer: string, response: SipResponse, wire: MediaWire): { audio: NegotiatedMedia; video: NegotiatedMedia } {
    const part = bodyParts(response).find(({ contentType }) => contentType.startsWith('application/sdp'));
    const [ours, theirs] = [
      parseSdp(offer),
      parseSdp(wire.rewriteRemote(Buffer.from(part?.body ?? []).toString('latin1'))),
    ];
    if (!ours.ok || !theirs.ok) throw new Error('the answer is no session description');
    const agreed = applyAnswer(ours.value, theirs.value, FULL_CAPABILITIES);
    if (!agreed.ok) throw new Error(`the answer does not fit the offer: ${agreed.error.code}`);
    const [audio, video] = ['audio', 'video'].map((kind) => agreed.value.find((media) => media.kind === kind));
    if (!audio || !video) throw new Error('the answer rejects audio or video');
    return { audio, video };
  }

  #refusalOf(response: SipResponse) {
    return {
      participant: this.#context.plan.id,
      statusCode: response.statusCode,
      reasonPhrase: response.reasonPhrase,
      rule: ruleNamedIn(response),
      diagnostics: header(response, 'ms-diagnostics') ?? null,
      atUs: this.#context.clock.nowUs(),
    };
  }
}
