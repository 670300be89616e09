import { randomBytes } from 'node:crypto';
import { ruleNamedIn } from '@plugfest/federation';
import { applyAnswer, FULL_CAPABILITIES, type NegotiatedMedia, parseSdp } from '@plugfest/sdp';
import { bodyParts, header, type SipResponse } from '@plugfest/sip';
import { type OutgoingSession, UserAgent } from '@plugfest/sip-node';
import type { MediaWire } from '@plugfest/wire';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { CallMedia } from './call-media.ts';
import { formatOffer, formatOfferBody } from './offer.ts';
import { FEDERATED_PROFILES, type FederatedProfile } from './profile.ts';
import { RtpSocket } from './rtp-socket.ts';

const HOST = '127.0.0.1';
const REGISTRATION_S = 7200;

/** The key and the salt of AES_CM_128 (RFC 4568 §6.1), as they are made and as they go into the description. */
interface SdesMaterial {
  readonly key: Uint8Array;
  readonly salt: Uint8Array;
  readonly base64: string;
}

interface Line {
  readonly socket: RtpSocket;
  readonly ssrc: number;
  readonly sdes: SdesMaterial;
}

/** A simulated federated client: signals over TLS to its domain's front end, media in SRTP with SDES keys. */
export class FederatedEndpoint implements Endpoint {
  readonly kind = 'federated';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #profile: FederatedProfile;
  readonly #resources = new AsyncDisposableStack();
  readonly #callResources = new AsyncDisposableStack();
  #session: OutgoingSession | undefined;
  #markReady: (ready: Promise<void>) => void = () => {};

  private constructor(context: EndpointContext, profile: FederatedProfile) {
    this.#context = context;
    this.#profile = profile;
    this.mediaReady = new Promise((resolve) => {
      this.#markReady = resolve;
    });
  }

  /** @throws for a profile that is not in the table */
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
    const [audio, video] = [await this.#openLine(), await this.#openLine()];
    const sdp = formatOffer(this.#profile, {
      address: HOST,
      sessionId: this.#context.random.uint32(),
      audio: {
        rtpPort: audio.socket.rtpPort,
        rtcpPort: audio.socket.rtcpPort,
        ssrc: audio.ssrc,
        sdesKey: audio.sdes.base64,
      },
      video: {
        rtpPort: video.socket.rtpPort,
        rtcpPort: video.socket.rtcpPort,
        ssrc: video.ssrc,
        sdesKey: video.sdes.base64,
      },
    });
    const response = await this.#call(target, wire.rewriteLocal(sdp));
    if (!response.ok) return { joined: false, refusal: this.#refusalOf(response.response) };
    const agreed = this.#agree(sdp, response.response, wire);
    this.#startMedia(agreed.audio, agreed.video, { audio, video });
    return { joined: true, audioCodec: agreed.audio.codec.encodingName, videoCodec: agreed.video.codec.encodingName };
  }

  async hangUp(): Promise<void> {
    await this.#session?.bye();
    await this.#callResources.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#callResources.disposeAsync();
    await this.#resources.disposeAsync();
  }

  async #openLine(): Promise<Line> {
    const [key, salt] = [randomBytes(16), randomBytes(14)];
    const socket = this.#resources.use(await RtpSocket.open(HOST));
    // Room for the hundred SSRCs that Lync reserves.
    const ssrc = 1 + (this.#context.random.uint32() % 0xffff_ff00);
    return { socket, ssrc, sdes: { key, salt, base64: Buffer.concat([key, salt]).toString('base64') } };
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

  #startMedia(audio: NegotiatedMedia, video: NegotiatedMedia, lines: { audio: Line; video: Line }): void {
    const { clock, random, source, sabotage, captureFile, emit } = this.#context;
    const media = this.#callResources.use(
      new CallMedia({
        clock,
        random,
        source,
        sabotage,
        captureFile,
        bitrateBps: this.#profile.videoBitrateBps,
        audio: { negotiated: audio, socket: lines.audio.socket, ssrc: lines.audio.ssrc },
        video: { negotiated: video, socket: lines.video.socket, ssrc: lines.video.ssrc },
        onStarted: (startedUs) => emit('source.started', { startedUs }),
      }),
    );
    this.#markReady(media.ready);
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
