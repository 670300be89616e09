import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool, leaseUdpPorts } from '@plugfest/host';
import { LiveSource } from '@plugfest/media';
import type { Timer } from '@plugfest/model';
import { applyAnswer, FULL_CAPABILITIES, type NegotiatedMedia, parseSdp } from '@plugfest/sdp';
import { bodyParts, type SipResponse } from '@plugfest/sip';
import { SippCall, SippProcess } from '@plugfest/sipp-ts-wrapper';
import type { MediaWire } from '@plugfest/wire';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { byeScenario, type RoomCallOptions, responseIn, roomCall } from './room-dialog.ts';
import { formatRoomOffer } from './room-offer.ts';
import { RoomPort } from './room-port.ts';
import { ROOM_PROFILES, type RoomCodec, type RoomProfile } from './room-profile.ts';
import { RoomReceiver } from './room-receiver.ts';
import { RoomSender } from './room-sender.ts';

const HOST = '127.0.0.1';
const VIDEO_BITRATE_BPS = 800_000;
/** Until the first picture is there: rooms ask again and again for a key frame. */
const KEY_FRAME_REQUEST_MS = 250;
const BYE_TIMEOUT_MS = 3000;

interface RoomLine {
  readonly negotiated: NegotiatedMedia;
  readonly codec: RoomCodec;
  readonly port: RoomPort;
}

/** What a call needs to be hung up: by its own SIPp, or where that has failed, by another. */
interface RoomCall {
  readonly sipp: SippCall;
  readonly callId: string;
  readonly remote: { readonly host: string; readonly port: number };
  readonly localPort: number;
  /** The 2xx that it was answered with. */
  response?: SipResponse;
}

/** A SIP room: SIPp signals, ffmpeg is camera, microphone, screen and loudspeaker. */
export class SipRoom implements Endpoint {
  readonly kind = 'sip-room';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #profile: RoomProfile;
  readonly #sipp: string;
  readonly #ffmpeg: string;
  readonly #resources = new AsyncDisposableStack();
  readonly #media = new AsyncDisposableStack();
  #call: RoomCall | undefined;
  #markReady: (ready: Promise<void>) => void = () => {};

  private constructor(context: EndpointContext, profile: RoomProfile, sipp: string, ffmpeg: string) {
    this.#context = context;
    this.#profile = profile;
    this.#sipp = sipp;
    this.#ffmpeg = ffmpeg;
    this.mediaReady = new Promise((resolve) => {
      this.#markReady = resolve;
    });
  }

  /** @throws for an unknown profile, and where SIPp or ffmpeg is missing */
  static async open(context: EndpointContext): Promise<SipRoom> {
    const profile = ROOM_PROFILES[context.plan.profile];
    if (!profile)
      throw new Error(`no room profile “${context.plan.profile}”; there are: ${Object.keys(ROOM_PROFILES).join(', ')}`);
    const [sipp, ffmpeg] = await Promise.all([findTool('sipp'), findTool('ffmpeg')]);
    if (!sipp.found) throw new Error(`sipp: ${sipp.reason}`);
    if (!ffmpeg.found) throw new Error(`ffmpeg: ${ffmpeg.reason}`);
    return new SipRoom(context, profile, sipp.path, ffmpeg.path);
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    if (target.bridge.udp === undefined) throw new Error('a SIP room needs a bridge that listens on UDP');
    const wire = await this.#context.openWire(2);
    const [audio, video] = [
      this.#resources.use(await RoomPort.open(HOST)),
      this.#resources.use(await RoomPort.open(HOST)),
    ];
    const offer = formatRoomOffer(this.#profile, {
      address: HOST,
      sessionId: this.#context.random.uint32(),
      audioPort: audio.port,
      videoPort: video.port,
    });
    const response = await this.#invite(target.bridge.udp, target.conferenceUri, wire.rewriteLocal(offer));
    if (response.statusCode >= 300) {
      const { statusCode, reasonPhrase } = response;
      return {
        joined: false,
        refusal: {
          participant: this.#context.plan.id,
          statusCode,
          reasonPhrase,
          rule: null,
          diagnostics: null,
          atUs: this.#context.clock.nowUs(),
        },
      };
    }
    const lines = this.#agree(offer, response, wire, { audio, video });
    await this.#startMedia(lines.audio, lines.video);
    return {
      joined: true,
      audioCodec: lines.audio.negotiated.codec.encodingName,
      videoCodec: lines.video.negotiated.codec.encodingName,
    };
  }

  async hangUp(): Promise<void> {
    const call = this.#call;
    this.#call = undefined;
    // First: ffmpeg notices that it is to end when the next packet comes, and after the BYE none would.
    await this.#media.disposeAsync();
    if (call) await this.#end(call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#media.disposeAsync();
    await this.#resources.disposeAsync();
  }

  /** Resolves with the final response to the INVITE. @throws CallFault where SIPp ends without one, the signal's reason where it is aborted */
  async #invite(bridge: string, conferenceUri: string, sdp: string): Promise<SipResponse> {
    const { plan, random, signal } = this.#context;
    signal.throwIfAborted();
    const lease = this.#resources.use(await leaseUdpPorts({ host: HOST }));
    const localPort = lease.ports[0] ?? 0;
    const remote = addressOf(bridge);
    const callId = `${random.token(20)}@${plan.id}`;
    const options: RoomCallOptions = {
      profile: this.#profile,
      version: plan.clientVersion ?? '',
      uri: plan.uri,
      name: plan.name,
      conferenceUri,
      localTag: random.token(10),
      sdp,
    };
    const sipp = this.#resources.use(
      await SippCall.start({
        name: `sipp of ${plan.id}`,
        sipp: this.#sipp,
        call: roomCall(options),
        directory: await this.#directory('call'),
        local: { host: HOST, port: localPort },
        remote,
        callId,
      }),
    );
    const call: RoomCall = { sipp, callId, remote, localPort };
    this.#call = call;
    const { text } = await this.#unlessAborted(sipp.answered);
    const response = responseIn(text);
    if (!response) throw new Error('the response to INVITE cannot be read');
    if (response.statusCode < 300) call.response = response;
    return response;
  }

  /** An abort cancels the call: the far end is not left ringing. */
  async #unlessAborted<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#context;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => {
      void this.hangUp().finally(() => aborted.reject(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #directory(name: string): Promise<string> {
    const path = join(this.#context.workDir, name);
    await mkdir(path, { recursive: true });
    return path;
  }

  async #end({ sipp, response, ...call }: RoomCall): Promise<void> {
    const outcome = await Promise.race([sipp.hangUp(), this.#patience()]);
    if (outcome?.kind === 'completed') return;
    await sipp[Symbol.asyncDispose]();
    this.#context.emit('endpoint.call-failed', { outcome: outcome?.kind ?? 'not hung up in time' });
    if (response) await this.#sendBye(response, call);
  }

  async #patience(): Promise<undefined> {
    await new Promise<void>((resolve) => this.#context.clock.schedule(BYE_TIMEOUT_MS, resolve));
  }

  async #sendBye(
    response: SipResponse,
    { callId, remote, localPort }: Omit<RoomCall, 'sipp' | 'response'>,
  ): Promise<void> {
    await using process = await SippProcess.start({
      sipp: this.#sipp,
      scenario: byeScenario(response, this.#context.random.token(12)),
      directory: await this.#directory('bye'),
      local: { host: HOST, port: localPort },
      remote,
      callId,
      deadlineMs: BYE_TIMEOUT_MS,
    });
    await process.outcome;
  }

  #agree(
    offer: string,
    response: SipResponse,
    wire: MediaWire,
    ports: { audio: RoomPort; video: RoomPort },
  ): { audio: RoomLine; video: RoomLine } {
    const body = bodyParts(response)[0]?.body ?? new Uint8Array();
    const [ours, theirs] = [parseSdp(offer), parseSdp(wire.rewriteRemote(Buffer.from(body).toString('latin1')))];
    if (!ours.ok || !theirs.ok) throw new Error('the answer is no session description');
    const agreed = applyAnswer(ours.value, theirs.value, FULL_CAPABILITIES);
    if (!agreed.ok) throw new Error(`the answer does not fit the offer: ${agreed.error.code}`);
    const lineOf = (kind: 'audio' | 'video'): RoomLine => {
      const negotiated = agreed.value.find((media) => media.kind === kind && media.content !== 'slides');
      const codec = this.#profile[kind].find(
        ({ payloadType, ffmpeg }) => ffmpeg && payloadType === negotiated?.codec.receivePayloadType,
      );
      if (!negotiated || !codec) throw new Error(`the answer has no ${kind} that this room can play`);
      return { negotiated, codec, port: ports[kind] };
    };
    return { audio: lineOf('audio'), video: lineOf('video') };
  }

  async #startMedia(audio: RoomLine, video: RoomLine): Promise<void> {
    const { clock, random, plan, source, sabotage, workDir, captureFile, emit } = this.#context;
    const shared = { ffmpeg: this.#ffmpeg, host: HOST, audio: audio.codec, video: video.codec };
    const receiver = this.#media.use(await RoomReceiver.open({ ...shared, workDir, captureFile, clock }));
    connect(audio, receiver.audioPort);
    connect(video, receiver.videoPort);
    const sender = this.#media.use(
      new RoomSender({
        ...shared,
        audioPort: audio.port.port,
        videoPort: video.port.port,
        size: plan.video,
        bitrateBps: VIDEO_BITRATE_BPS,
        ssrc: { audio: random.uint32(), video: random.uint32() },
      }),
    );
    const live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: (frame) => sender.sendVideo(frame),
      onAudio: (chunk) => sender.sendAudio(chunk),
    });
    this.#media.defer(() => live.stop());
    emit('source.started', { startedUs: live.startedUs });
    this.#askForKeyFrames(receiver, video.port);
    this.#markReady(Promise.all([receiver.firstPicture, audio.port.firstPacket]).then(() => {}));
  }

  #askForKeyFrames(receiver: RoomReceiver, port: RoomPort): void {
    let timer: Timer | undefined;
    const ask = (): void => {
      port.requestKeyFrame();
      timer = this.#context.clock.schedule(KEY_FRAME_REQUEST_MS, ask);
    };
    ask();
    this.#media.defer(() => timer?.cancel());
    void receiver.firstPicture.then(() => timer?.cancel());
  }
}

/** `host:port`, IPv6 in brackets. */
function addressOf(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replaceAll(/[[\]]/g, ''), port: Number(text.slice(at + 1)) };
}

function connect({ negotiated: { remote }, port }: RoomLine, receiverPort: number): void {
  const { address, rtpPort, rtcpPort } = remote;
  port.connect(
    [
      { address, port: rtpPort },
      { address, port: rtcpPort },
    ],
    [
      { address: HOST, port: receiverPort },
      { address: HOST, port: receiverPort + 1 },
    ],
  );
}
