import { randomBytes } from 'node:crypto';
import { ruleNamedIn } from '@plugfest/federation';
import { findTool, type ToolName } from '@plugfest/host';
import { applyAnswer, FULL_CAPABILITIES, type NegotiatedMedia, parseSdp } from '@plugfest/sdp';
import { bodyParts, header, type SipResponse } from '@plugfest/sip';
import type { MediaWire } from '@plugfest/wire';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { RtpSocket } from '../federated/rtp-socket.ts';
import { encodersOf } from './ffmpeg-encoders.ts';
import { addressOf, RoomCall } from './room-call.ts';
import { chosenFrom } from './room-choice.ts';
import { type AgreedLine, RoomMedia } from './room-media.ts';
import { formatRoomOffer } from './room-offer.ts';
import { ROOM_PROFILES, type RoomProfile } from './room-profile.ts';
import { ROOM_AUDIO_CODECS } from './room-sender.ts';
import { TlsRelay } from './tls-relay.ts';

const HOST = '127.0.0.1';
/** Of AES_CM_128_HMAC_SHA1_80. @see RFC 4568 §6.2 */
const KEY_AND_SALT_BYTES = 30;

interface Agreed {
  readonly audio: AgreedLine;
  readonly video: AgreedLine;
}

/** A SIP room: SIPp signals, ffmpeg is camera, microphone, screen and loudspeaker. */
export class SipRoom implements Endpoint {
  readonly kind = 'sip-room';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #profile: RoomProfile;
  readonly #tools: { readonly sipp: string; readonly ffmpeg: string };
  readonly #resources = new AsyncDisposableStack();
  readonly #media = new AsyncDisposableStack();
  #call: RoomCall | undefined;
  #open: RoomMedia | undefined;
  /** Resolves when nothing is being opened any more. */
  #joining: Promise<void> = Promise.resolve();
  #hasFault = false;
  #markReady: (ready: Promise<void>) => void = () => {};

  private constructor(context: EndpointContext, profile: RoomProfile, tools: { sipp: string; ffmpeg: string }) {
    this.#context = context;
    this.#profile = profile;
    this.#tools = tools;
    this.mediaReady = new Promise((resolve) => {
      this.#markReady = resolve;
    });
  }

  /** @throws for an unknown profile, and where SIPp or ffmpeg is missing */
  static async open(context: EndpointContext): Promise<SipRoom> {
    const profile = ROOM_PROFILES[context.plan.profile];
    if (!profile)
      throw new Error(`no room profile “${context.plan.profile}”; there are: ${Object.keys(ROOM_PROFILES).join(', ')}`);
    const [sipp, ffmpeg] = await Promise.all([pathOf('sipp'), pathOf('ffmpeg')]);
    await encodersOf(ffmpeg);
    return new SipRoom(context, chosenFrom(profile, context.plan.offers), { sipp, ffmpeg });
  }

  join(target: JoinTarget): Promise<JoinOutcome> {
    const joining = this.#join(target);
    this.#joining = joining.then(
      () => {},
      () => {},
    );
    return joining;
  }

  async renegotiate(): Promise<void> {
    await this.#standing('renegotiate').call.reoffer('refresh');
    this.#open?.renegotiated();
  }

  async hold(): Promise<void> {
    await this.#standing('hold').call.reoffer('hold');
    this.#open?.hold();
  }

  async resume(): Promise<void> {
    await this.#standing('resume').call.reoffer('resume');
    await this.#open?.resume();
  }

  async pressKeys(keys: string): Promise<void> {
    await this.#standing('press keys').media.pressKeys(keys);
  }

  async hangUp(): Promise<void> {
    await this.#call?.hangUp();
    await this.#joining;
    await this.#media.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
    await this.#resources.disposeAsync();
  }

  async #join(target: JoinTarget): Promise<JoinOutcome> {
    const transport = this.#profile.transport ?? 'udp';
    const bridge = target.bridge[transport];
    if (bridge === undefined)
      throw new Error(`this SIP room needs a bridge that listens on ${transport.toUpperCase()}`);
    const { plan, random, signal } = this.#context;
    signal.throwIfAborted();
    const { sections } = this.#profile;
    const wire = await this.#context.openWire(sections.length);
    const sockets = await Promise.all(sections.map(async () => this.#resources.use(await RtpSocket.open(HOST))));
    const whole = formatRoomOffer(this.#profile, {
      address: HOST,
      sessionId: random.uint32(),
      ports: sockets.map(({ rtpPort }) => rtpPort),
      keys: sections.map(() => randomBytes(KEY_AND_SALT_BYTES).toString('base64')),
      encoders: await encodersOf(this.#tools.ffmpeg),
    });
    const offer = withoutLines(whole, plan.leavesOut?.sdpLines ?? []);
    const relay = transport === 'tls' ? await this.#openTlsRelay(bridge, target) : undefined;
    const call = await RoomCall.start({
      context: this.#context,
      sipp: this.#tools.sipp,
      host: HOST,
      bridge: relay?.address ?? bridge,
      transport: transport === 'udp' ? 'udp' : 'tcp',
      call: {
        profile: withoutHeaders(this.#profile, plan.leavesOut?.headers ?? []),
        version: plan.clientVersion ?? '',
        uri: plan.uri,
        name: plan.name,
        conferenceUri: target.conferenceUri,
        localTag: random.token(10),
        sdp: wire.rewriteLocal(offer),
      },
      onGone: () => {
        this.#context.emit('endpoint.hung-up-on');
        void this.hangUp();
      },
      onFault: (message) => this.#fail(message),
    });
    this.#call = this.#resources.use(call);
    const response = await call.answered();
    if (response.statusCode >= 300) return { joined: false, refusal: this.#refusalOf(response) };
    const agreed = agree(offer, response, wire, sockets);
    await this.#startMedia(agreed);
    return {
      joined: true,
      audioCodec: agreed.audio.negotiated.codec.encodingName,
      videoCodec: agreed.video.negotiated.codec.encodingName,
    };
  }

  async #openTlsRelay(bridge: string, { caPem, conferenceUri }: JoinTarget): Promise<TlsRelay> {
    if (caPem === undefined) throw new Error('a SIP room over TLS needs the authority of the bridge’s certificate');
    const relay = await TlsRelay.open({
      host: HOST,
      remote: addressOf(bridge),
      caPem,
      serverName: /@([^:;>]+)/.exec(conferenceUri)?.[1] ?? HOST,
    });
    return this.#resources.use(relay);
  }

  async #startMedia({ audio, video }: Agreed): Promise<void> {
    const { videoBitrateBps } = this.#profile;
    const media = this.#media.use(
      await RoomMedia.open({
        context: this.#context,
        ffmpeg: this.#tools.ffmpeg,
        host: HOST,
        bitrateBps: Math.min(videoBitrateBps, video.negotiated.bandwidthBps ?? videoBitrateBps),
        audio,
        video,
        onFault: (message) => this.#fail(message),
      }),
    );
    this.#open = media;
    this.#markReady(media.ready);
  }

  /** @throws where there is no call */
  #standing(what: string): { readonly call: RoomCall; readonly media: RoomMedia } {
    if (!this.#call || !this.#open) throw new Error(`${this.#context.plan.id} cannot ${what}: it has no call`);
    return { call: this.#call, media: this.#open };
  }

  /** The first fault is told, what follows from it is not. */
  #fail(message: string): void {
    if (this.#hasFault) return;
    this.#hasFault = true;
    this.#context.emit('endpoint.fault', { message });
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

function withoutLines(sdp: string, left: readonly string[]): string {
  return sdp
    .split('\r\n')
    .filter((line) => !left.includes(line))
    .join('\r\n');
}

function withoutHeaders(profile: RoomProfile, left: readonly string[]): RoomProfile {
  const names = left.map((name) => name.toLowerCase());
  const stays = ([name]: readonly [string, string]): boolean => !names.includes(name.toLowerCase());
  return { ...profile, headers: profile.headers.filter(stays), inviteHeaders: profile.inviteHeaders.filter(stays) };
}

async function pathOf(tool: ToolName): Promise<string> {
  const status = await findTool(tool);
  if (!status.found) throw new Error(`${tool} is missing (${status.reason}); mend it with: ${status.fix}`);
  return status.path;
}

/** What the answer made of the offer. @throws where there is no call in it for this room */
function agree(offer: string, response: SipResponse, wire: MediaWire, sockets: readonly RtpSocket[]): Agreed {
  const part = bodyParts(response).find(({ contentType }) => contentType.toLowerCase().startsWith('application/sdp'));
  const answer = wire.rewriteRemote(Buffer.from(part?.body ?? []).toString('latin1'));
  const [ours, theirs] = [parseSdp(offer), parseSdp(answer)];
  if (!ours.ok || !theirs.ok) throw new Error('the answer is no session description');
  const agreed = applyAnswer(ours.value, theirs.value, FULL_CAPABILITIES);
  if (!agreed.ok) throw new Error(`the answer does not fit the offer: ${agreed.error.code}`);
  const lineAt = (index: number, playable: readonly string[]): AgreedLine => {
    const negotiated: NegotiatedMedia | undefined = agreed.value.find((media) => media.index === index);
    const socket = sockets[index];
    if (!negotiated || !socket || !playable.includes(negotiated.codec.name))
      throw new Error(`m-line ${index} of the answer has nothing that this room can play`);
    return { negotiated, socket };
  };
  return { audio: lineAt(0, ROOM_AUDIO_CODECS), video: lineAt(1, ['h264']) };
}
