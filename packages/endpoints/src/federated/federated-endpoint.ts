import { randomBytes } from 'node:crypto';
import { ruleNamedIn } from '@plugfest/federation';
import { cacheDirectory } from '@plugfest/host';
import { applyAnswer, FULL_CAPABILITIES, type NegotiatedMedia, parseSdp } from '@plugfest/sdp';
import { bodyParts, header, type SipResponse } from '@plugfest/sip';
import { type OutgoingSession, UserAgent } from '@plugfest/sip-node';
import type { MediaWire } from '@plugfest/wire';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { dialectAfter } from './client-response.ts';
import { type IceCredentials, iceCredentials, placesIn, withIce } from './ice-part.ts';
import { MediaProcess } from './media-process.ts';
import type { LinePorts } from './media-protocol.ts';
import { formatOffer, formatOfferBody, type OfferBody, type OfferedMedia, type OfferOptions } from './offer.ts';
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
    if (target.outboundProxy === undefined)
      throw new Error(`${this.#context.plan.id} needs its domain's front end to call through`);
    const wire = await this.#context.openWire(2);
    const ports = await this.#media.ports;
    const [audio, video] = [this.#offered(ports.audio), this.#offered(ports.video)];
    const offered: OfferOptions = { address: HOST, sessionId: this.#context.random.uint32(), audio, video };
    const credentials = this.#profile.ice ? [audio, video].map(() => iceCredentials(this.#context.random)) : [];
    const sdp = formatOffer(this.#profile, offered);
    const response = await this.#call(target, wire.rewriteLocal(sdp), credentials);
    if (!response.ok) return { joined: false, refusal: this.#refusalOf(response.response) };
    const agreed = this.#agree(sdp, response.response, wire);
    if (this.#profile.ice) await this.#confirm(offered, credentials, response.response, wire);
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

  /** The second INVITE, with the pair of addresses that the checks chose: with a far end that has no ICE that of the descriptions. @see MS-ICE2 §3.1.4.8.3 */
  async #confirm(
    offered: OfferOptions,
    credentials: readonly IceCredentials[],
    answered: SipResponse,
    wire: MediaWire,
  ): Promise<void> {
    const sdp = wire.rewriteLocal(formatOffer(this.#profile, { ...offered, sessionVersion: 2 }));
    const theirs = placesIn(descriptionIn(answered)).flatMap((place) => place ?? []);
    const chosen = Buffer.from(withIce(sdp, 'v19', credentials, theirs), 'latin1');
    const body = { contentType: 'application/sdp', body: chosen };
    if (!this.#session) return;
    this.#session.onReinvite = () => body;
    const { statusCode, reasonPhrase } = await this.#session.reinvite(body);
    if (statusCode >= 300)
      this.#context.emit('endpoint.fault', {
        message: `the INVITE after ICE was refused: ${statusCode} ${reasonPhrase}`,
      });
  }

  async #call(
    target: JoinTarget,
    sdp: string,
    credentials: readonly IceCredentials[],
  ): Promise<Awaited<OutgoingSession['answered']>> {
    const { plan, clock, random } = this.#context;
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
    const invite = (body: OfferBody): OutgoingSession => this.#invite(agent, target, body);
    this.#session = invite(formatOfferBody(this.#profile, sdp, { random, credentials }));
    let outcome = await this.#session.answered;
    const dialect = outcome.ok || credentials.length === 0 ? undefined : dialectAfter(outcome.response);
    if (dialect) {
      this.#session = invite({ contentType: 'application/sdp', body: withIce(sdp, dialect, credentials) });
      outcome = await this.#session.answered;
    }
    // The far end may refresh the session: the same description answers it.
    this.#session.onReinvite = () => ({ contentType: 'application/sdp', body: Buffer.from(sdp, 'latin1') });
    return outcome;
  }

  #invite(agent: UserAgent, target: JoinTarget, { contentType, body }: OfferBody): OutgoingSession {
    const { random, signal } = this.#context;
    const conversation = this.#profile.namesConversation
      ? [
          ['Ms-Conversation-ID', Buffer.from(random.token(16), 'latin1').toString('base64')] as const,
          ['history-info', `<${target.conferenceUri}>;index=1`] as const,
        ]
      : [];
    const headers = [...this.#profile.inviteHeaders, ...conversation].map(([name, value]) => ({ name, value }));
    return agent.invite(target.conferenceUri, {
      body: Buffer.from(body, 'latin1'),
      contentType,
      headers,
      signal,
    });
  }

  #agree(offer: string, response: SipResponse, wire: MediaWire): { audio: NegotiatedMedia; video: NegotiatedMedia } {
    const [ours, theirs] = [parseSdp(offer), parseSdp(wire.rewriteRemote(descriptionIn(response)))];
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

function descriptionIn(response: SipResponse): string {
  const part = bodyParts(response).find(({ contentType }) => contentType.startsWith('application/sdp'));
  return Buffer.from(part?.body ?? []).toString('latin1');
}
