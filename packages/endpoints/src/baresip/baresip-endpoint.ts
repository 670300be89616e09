import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool, leaseTcpPort, type OwnedProcess, spawnOwned, type ToolName } from '@plugfest/host';
import { LiveSource } from '@plugfest/media';
import { parseSipUri, type SipMessage, type SipResponse } from '@plugfest/sip';
import { CameraPipe } from '../desk/camera-pipe.ts';
import { DatagramSipRelay } from '../desk/datagram-sip-relay.ts';
import { Recorder } from '../desk/recorder.ts';
import { Screen } from '../desk/screen.ts';
import { SoundCard } from '../desk/sound-card.ts';
import type { Endpoint, EndpointContext, JoinOutcome, JoinTarget } from '../endpoint.ts';
import { answeredCodecs } from '../webrtc/answered-codecs.ts';
import { refusalOf } from '../webrtc/refusal.ts';
import { formatAccount, formatConfig, MODULE_PATHS } from './baresip-config.ts';
import { type BaresipEvent, ControlLink } from './control-link.ts';

const BITRATE_BPS = 1_000_000;
/** Pictures after the first window and the bridge's empty picture: somebody is shown. */
const PICTURES_SHOWN = 5;
const HANG_UP_MS = 3000;
const TOOLS = ['baresip', 'xvfb', 'pulseaudio', 'pacat', 'ffmpeg'] as const satisfies readonly ToolName[];

/** The devices of a desk, all processes of its own. */
interface Desk {
  readonly screen: Screen;
  readonly soundCard: SoundCard;
  readonly camera: CameraPipe;
  readonly baresip: OwnedProcess;
  readonly control: ControlLink;
}

/**
 * baresip, a SIP user agent that nobody here wrote, at a desk: its camera is a pipe, its microphone and loudspeaker are a sound server's, and what it
 * shows in its window is filmed. It is steered over its control port, and thinks that it calls the bridge.
 */
export class BaresipEndpoint implements Endpoint {
  readonly kind = 'baresip';
  readonly mediaReady: Promise<void>;
  readonly #context: EndpointContext;
  readonly #tools: Readonly<Record<(typeof TOOLS)[number], string>>;
  readonly #resources = new AsyncDisposableStack();
  readonly #ready = Promise.withResolvers<void>();
  readonly #outcome = Promise.withResolvers<JoinOutcome>();
  readonly #closed = Promise.withResolvers<void>();
  #desk: Desk | undefined;
  #recorder: Recorder | undefined;
  #final: SipResponse | undefined;
  /** The bridge has sent a BYE. */
  #isHungUpOn = false;
  #isEnding = false;
  #hasFault = false;

  private constructor(context: EndpointContext, tools: Record<(typeof TOOLS)[number], string>) {
    this.#context = context;
    this.#tools = tools;
    this.mediaReady = this.#ready.promise;
    this.#outcome.promise.catch(() => {});
    const interrupt = (): void => this.#outcome.reject(context.signal.reason);
    context.signal.addEventListener('abort', interrupt);
    this.#resources.defer(() => context.signal.removeEventListener('abort', interrupt));
  }

  /** @throws where a program is missing or a device does not start */
  static async open(context: EndpointContext): Promise<BaresipEndpoint> {
    // Its configuration and the address of the sound server are lists that white space separates.
    if (/\s/.test(context.workDir))
      throw new Error(`baresip cannot work in a directory with a space in its name: ${context.workDir}`);
    const paths = await Promise.all(TOOLS.map(async (name) => [name, await pathOf(name)] as const));
    const endpoint = new BaresipEndpoint(context, Object.fromEntries(paths) as Record<(typeof TOOLS)[number], string>);
    try {
      await endpoint.#openDesk();
    } catch (cause) {
      await endpoint[Symbol.asyncDispose]();
      throw cause;
    }
    return endpoint;
  }

  async join(target: JoinTarget): Promise<JoinOutcome> {
    const { openWire, signal } = this.#context;
    if (target.bridge.udp === undefined)
      throw new Error('baresip is called over UDP: the bridge does not listen on it');
    signal.throwIfAborted();
    await this.#record();
    const relay = this.#resources.use(await DatagramSipRelay.open(target.bridge.udp, await openWire(2)));
    relay.onMessage = (message, from) => this.#observe(message, from);
    const conference = parseSipUri(target.conferenceUri);
    const user = conference.ok ? conference.value.user : '';
    this.#desk?.control.command('dial', `sip:${user}@${relay.address}`);
    return this.#outcome.promise;
  }

  async hangUp(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#desk?.control.command('hangup');
    const late = Promise.withResolvers<void>();
    const timer = this.#context.clock.schedule(HANG_UP_MS, late.resolve);
    const ended = this.#desk?.baresip.exited.then(() => {});
    if (this.#final !== undefined) await Promise.race([this.#closed.promise, late.promise, ended]);
    timer.cancel();
    await this.#resources.disposeAsync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    await this.#resources.disposeAsync();
  }

  async #openDesk(): Promise<void> {
    const { clock, plan, workDir, signal } = this.#context;
    const { xvfb, pulseaudio, pacat } = this.#tools;
    const use = <T extends AsyncDisposable>(resource: T): T => this.#resources.use(resource);
    const [screen, soundCard, camera] = await Promise.all([
      Screen.open(xvfb, plan.video).then(use),
      SoundCard.open({ pulseaudio, pacat, workDir, clock }).then(use),
      CameraPipe.open(join(workDir, 'camera'), clock, plan.video).then((camera) => this.#resources.use(camera)),
    ]);
    const lease = this.#resources.adopt(await leaseTcpPort(), (port) => port.release());
    const baresip = use(await this.#start(screen, soundCard, camera, lease.ports[0] as number));
    let hasEnded = false;
    void baresip.exited.then(() => {
      hasEnded = true;
      this.#fail(`baresip ended: ${baresip.stderrTail().trim().slice(-300)}`);
    });
    void screen.exited.then(() => this.#fail('the screen (Xvfb) ended'));
    void soundCard.exited.then(() => this.#fail('the sound card (PulseAudio) ended'));
    const control = await ControlLink.open({
      port: lease.ports[0] as number,
      clock,
      hasEnded: () => hasEnded,
      onEvent: (event) => this.#take(event),
      signal,
    });
    this.#resources.use(control);
    this.#desk = { screen, soundCard, camera, baresip, control };
  }

  async #record(): Promise<void> {
    const { clock, plan, workDir, captureFile } = this.#context;
    if (this.#desk === undefined) return;
    const devices = { display: this.#desk.screen.display, soundServer: this.#desk.soundCard.server };
    const { ffmpeg } = this.#tools;
    const recorder = await Recorder.open({ ffmpeg, clock, ...devices, ...plan.video, captureFile, workDir });
    this.#recorder = this.#resources.use(recorder);
    void recorder.exited.then(() => this.#fail(`the recorder ended: ${recorder.stderrTail.trim().slice(-300)}`));
  }

  async #start(screen: Screen, soundCard: SoundCard, camera: CameraPipe, controlPort: number): Promise<OwnedProcess> {
    const { plan, workDir } = this.#context;
    const modulePath = MODULE_PATHS.find((path) => existsSync(path)) ?? '';
    const config = formatConfig({ modulePath, controlPort, cameraPath: camera.path, plan, bitrateBps: BITRATE_BPS });
    await writeFile(join(workDir, 'config'), config);
    await writeFile(join(workDir, 'accounts'), formatAccount(plan));
    await writeFile(join(workDir, 'contacts'), '');
    const process = spawnOwned(this.#tools.baresip, ['-f', workDir], {
      name: `baresip ${plan.id}`,
      cwd: workDir,
      env: { HOME: workDir, DISPLAY: screen.display, PULSE_SERVER: soundCard.server },
    });
    process.stdout.resume();
    return process;
  }

  /** What the call comes to is read off the wire: baresip tells it in words only. */
  #observe(message: SipMessage, from: 'program' | 'bridge'): void {
    if (from === 'bridge' && message.kind === 'request' && message.method === 'BYE') this.#isHungUpOn = true;
    if (from !== 'bridge' || message.kind !== 'response' || message.statusCode < 200) return;
    if (this.#final !== undefined) return;
    this.#final = message;
    const { statusCode, reasonPhrase } = message;
    if (statusCode >= 300) {
      this.#outcome.resolve(refusalOf({ type: 'refused', statusCode, reasonPhrase, diagnostics: null }, this.#context));
      return;
    }
    const { audio: audioCodec, video: videoCodec } = answeredCodecs(message);
    this.#answered();
    this.#outcome.resolve({ joined: true, audioCodec, videoCodec });
  }

  #answered(): void {
    const { source, clock, sabotage, emit } = this.#context;
    const desk = this.#desk;
    if (desk === undefined) return;
    const live = LiveSource.start({
      source,
      clock,
      sabotage,
      onVideo: (frame) => desk.camera.show(frame),
      onAudio: ({ samples }) => desk.soundCard.speak(samples),
    });
    this.#resources.defer(() => {
      live.stop();
      emit('capture.closed', { droppedFrames: 0 });
    });
    emit('source.started', { startedUs: live.startedUs });
    let first: number | undefined;
    if (this.#recorder === undefined) return;
    this.#recorder.onProgress = (count) => {
      first ??= count;
      if (count - first >= PICTURES_SHOWN) this.#ready.resolve();
    };
  }

  #take(event: BaresipEvent): void {
    if (event.type !== 'CALL_CLOSED') return;
    this.#closed.resolve();
    if (this.#isEnding) return;
    const reason = event.param ?? 'no reason given';
    this.#outcome.reject(new Error(`baresip gave up: ${reason}`));
    if (this.#final === undefined || this.#final.statusCode >= 300) return;
    // It also closes a call when it loses a device, maybe before we have seen that device go.
    if (!this.#isHungUpOn) {
      this.#fail(`baresip ended the call by itself: ${reason}`);
      return;
    }
    this.#context.emit('endpoint.hung-up-on');
    void this.hangUp();
  }

  /** The first fault is told, what follows from it is not. */
  #fail(message: string): void {
    if (this.#isEnding) return;
    this.#outcome.reject(new Error(message));
    if (this.#hasFault) return;
    this.#hasFault = true;
    this.#context.emit('endpoint.fault', { message });
  }
}

async function pathOf(tool: ToolName): Promise<string> {
  const status = await findTool(tool);
  if (!status.found) throw new Error(`${tool} is missing (${status.reason}); mend it with: ${status.fix}`);
  return status.path;
}
