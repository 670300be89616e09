import { createInterface } from 'node:readline';
import { hostClock } from '@plugfest/host';
import { LiveSource, ParticipantSource } from '@plugfest/media';
import wrtc from '@roamhq/wrtc';
import JsSIP from 'jssip';
import type { ClientCall, ClientCommand, ClientEvent, ClientSetup } from '../webrtc/client-protocol.ts';
import { type JsSip, startCall } from '../webrtc/jssip-call.ts';
import type { ClientCallEvents, WebRtcCall } from '../webrtc/webrtc-call.ts';
import { startWhipCall, type WhipConnection } from '../webrtc/whip-call.ts';
import { FedDevices } from './fed-devices.ts';
import { ReceivedMedia } from './received-media.ts';

/**
 * libwebrtc in a process of its own, for a crash in native code must not take the run along. Its argument is its setup, its standard input brings commands, its standard output takes events,
 * a JSON line each. It hangs up when told to, or when its standard input closes.
 */
const say = (event: ClientEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

class WrtcClient {
  readonly #setup: ClientSetup;
  readonly #source: ParticipantSource;
  readonly #devices = new FedDevices();
  readonly #received: ReceivedMedia;
  #call: WebRtcCall | undefined;
  #live: LiveSource | undefined;
  #isEnding = false;

  constructor(setup: ClientSetup, source: ParticipantSource) {
    this.#setup = setup;
    this.#source = source;
    this.#received = new ReceivedMedia(setup.captureFile, hostClock, () => say({ type: 'media-ready' }));
  }

  obey(command: ClientCommand): void {
    if (command.command === 'call') this.#place(command.call);
    else void this.hangUp();
  }

  async hangUp(): Promise<void> {
    if (this.#isEnding) return;
    if (!this.#call) return this.#end();
    say({ type: 'stats', stats: await this.#call.statistics() });
    this.#call.hangUp();
  }

  #place({ by, ...target }: ClientCall): void {
    const { stream } = this.#devices;
    const told = this.#told();
    const newConnection = (): WhipConnection => new wrtc.RTCPeerConnection() as unknown as WhipConnection;
    if ('webSocketUrl' in by)
      this.#call = startCall({ ...target, ...by, ...told, jssip: JsSIP as unknown as JsSip, mediaStream: stream });
    else if ('whipUrl' in by)
      this.#call = startWhipCall({ ...target, ...by, ...told, newConnection, tracks: stream.getTracks() });
    else told.onFault('pictures that come one by one need a page to be laid out in');
  }

  #told(): ClientCallEvents {
    return {
      onTrack: (track) => this.#received.take(track),
      onJoined: (codecs) => {
        this.#startSource();
        say({ type: 'joined', ...codecs });
      },
      onRefused: (refusal) => {
        say({ type: 'refused', ...refusal });
        void this.#end();
      },
      onFault: (message) => {
        say({ type: 'fault', message });
        void this.#end();
      },
      onEnded: () => void this.#end(),
    };
  }

  #startSource(): void {
    this.#live = LiveSource.start({
      source: this.#source,
      clock: hostClock,
      sabotage: this.#setup.sabotage,
      onVideo: (frame) => this.#devices.show(frame),
      onAudio: ({ samples }) => this.#devices.speak(samples),
    });
    say({ type: 'source.started', startedUs: this.#live.startedUs });
  }

  async #end(): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#live?.stop();
    const capture = await this.#received.close();
    if (capture) say({ type: 'capture.closed', droppedFrames: capture.droppedFrames });
    say({ type: 'left' });
    // libwebrtc's threads do not end by themselves.
    process.stdout.write('', () => process.exit(0));
  }
}

process.on('uncaughtException', (fault) => {
  say({ type: 'fault', message: fault.message });
  process.stdout.write('', () => process.exit(1));
});
// JsSIP expects a browser: these are the globals that it calls.
Object.assign(globalThis, {
  window: globalThis,
  RTCPeerConnection: wrtc.RTCPeerConnection,
  RTCSessionDescription: wrtc.RTCSessionDescription,
  MediaStream: wrtc.MediaStream,
});
const setup = JSON.parse(process.argv[2] ?? '') as ClientSetup;
const source = await ParticipantSource.prepare({ participant: setup.plan, cacheDir: setup.cacheDir });
const client = new WrtcClient(setup, source);
const commands = createInterface({ input: process.stdin });
commands.on('line', (line) => client.obey(JSON.parse(line) as ClientCommand));
commands.on('close', () => void client.hangUp());
