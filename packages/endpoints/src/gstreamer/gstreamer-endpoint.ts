import { LiveSource } from '@plugfest/media';
import type { SipResponse } from '@plugfest/sip';
import { type OutgoingSession, UserAgent } from '@plugfest/sip-node';
import { MEDIA_KIND } from '../browser/media-frame.ts';
import { PageCapture } from '../browser/page-capture.ts';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { answeredCodecs } from '../webrtc/answered-codecs.ts';
import { refusalOf } from '../webrtc/refusal.ts';
import { GstreamerProcess } from './gstreamer-process.ts';

const SDP = 'application/sdp';

/** GStreamer's webrtcbin, a WebRTC that is not libwebrtc: its media are its own, its signalling is ours, over WebSocket. */
export class GstreamerEndpoint implements Endpoint {
  readonly kind = 'gstreamer';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #resources = new AsyncDisposableStack();
  readonly #capture: PageCapture;
  readonly #fault = Promise.withResolvers<never>();
  #process: GstreamerProcess | undefined;
  #session: OutgoingSession | undefined;
  #live: LiveSource | undefined;
  #isEnding = false;
  #hasFault = false;

  private constructor(context: EndpointContext) {
    this.#context = context;
    this.#capture = new PageCapture(context.captureFile);
    this.mediaReady = this.#capture.ready;
    this.#fault.promise.catch(() => {});
    const interrupt = (): void => this.#fault.reject(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    this.#resources.defer(() => context.signal.removeEventListener('abort', interrupt));
  }

  /** @throws where there is no such GStreamer */
  static async open(context: EndpointContext): Promise<GstreamerEndpoint> {
    const endpoint = new GstreamerEndpoint(context);
    const process = await GstreamerProcess.open(context.plan, {
      onPresented: (frame) => endpoint.#capture.take(frame),
      onFault: (message) => endpoint.#fail(message),
    });
    endpoint.#process = endpoint.#resources.use(process);
    return endpoint;
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    if (target.bridge.ws === undefined) throw new Error('a WebRTC client needs a bridge that listens on WebSocket');
    this.#context.signal.throwIfAborted();
    const joining = this.#join(target, target.bridge.ws);
    joining.catch(() => {});
    return Promise.race([joining, this.#fault.promise]);
  }

  async hangUp(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    await this.#session?.bye();
    await this.#process?.end();
    await this.#endMedia();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    try {
      await this.#endMedia();
    } finally {
      await this.#resources.disposeAsync();
    }
  }

  async #join(target: JoinTarget, bridge: string): Promise<JoinOutcome> {
    const wire = await this.#context.openWire(2);
    const offer = (await this.#process?.offer()) ?? '';
    const { ok, response } = await this.#call(target, bridge, wire.rewriteLocal(offer));
    if (!ok) return this.#refused(response);
    const answer = Buffer.from(response.body).toString('utf8');
    this.#process?.answer(wire.rewriteRemote(answer));
    this.#startSource();
    const { audio, video } = answeredCodecs(response);
    return { joined: true, audioCodec: audio, videoCodec: video };
  }

  async #call(target: JoinTarget, bridge: string, sdp: string): Promise<Awaited<OutgoingSession['answered']>> {
    const { plan, clock, random, signal } = this.#context;
    const agent = this.#resources.use(
      await UserAgent.open({
        clock,
        random,
        listen: [],
        aor: plan.uri,
        displayName: plan.name,
        userAgentHeader: 'Plugfest WebRTC client (GStreamer)',
        outboundProxy: `sip:${new URL(bridge).host};transport=ws;lr`,
      }),
    );
    const body = Buffer.from(sdp, 'utf8');
    const session = agent.invite(target.conferenceUri, { body, contentType: SDP, signal });
    // The far end may refresh the session: the same description answers it.
    session.onReinvite = () => ({ contentType: SDP, body });
    this.#session = session;
    void session.terminated.then(() => {
      if (this.#isEnding || this.#live === undefined) return;
      this.#context.emit('endpoint.hung-up-on');
      void this.hangUp();
    });
    return session.answered;
  }

  #refused({ statusCode, reasonPhrase }: SipResponse): JoinOutcome {
    return refusalOf({ type: 'refused', statusCode, reasonPhrase, diagnostics: null }, this.#context);
  }

  #startSource(): void {
    const { source, clock, sabotage, emit } = this.#context;
    this.#live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: ({ width, height, data, ptsUs }) =>
        this.#process?.feed({ kind: MEDIA_KIND.video, width, height, timeUs: ptsUs, data }),
      onAudio: ({ samples, ptsUs }) =>
        this.#process?.feed({
          kind: MEDIA_KIND.audio,
          width: 0,
          height: 0,
          timeUs: ptsUs,
          data: new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
        }),
    });
    emit('source.started', { startedUs: this.#live.startedUs });
  }

  async #endMedia(): Promise<void> {
    this.#live?.stop();
    const written = await this.#capture.close();
    if (!written) return;
    const { emit } = this.#context;
    emit('capture.closed', { droppedFrames: written.droppedFrames, capturedFrames: this.#capture.pictures });
    emit('source.stopped', {
      framesSent: this.#live?.framesSent ?? 0,
      framesSkipped: this.#live?.framesSkipped ?? 0,
      framesLeftOut: this.#process?.leftOut ?? 0,
    });
  }

  /** The first fault is told, what follows from it is not; nor is what happens when the call is over. */
  #fail(message: string): void {
    this.#fault.reject(new Error(message));
    if (this.#hasFault || this.#isEnding) return;
    this.#hasFault = true;
    this.#context.emit('endpoint.fault', { message });
  }
}
