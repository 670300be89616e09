import { encodeMediaFrame, MEDIA_KIND } from '../media-frame.ts';
import type { Send } from './devices.ts';

const SAMPLE_RATE_HZ = 48_000;
/** Pieces whose arrival is compared: half a second. */
const ORIGINS = 50;

/** What the listener gives out: samples, and the position of the first of them in the graph's time. */
interface Heard {
  readonly frame: number;
  readonly samples: Int16Array<ArrayBuffer>;
}

/** A microphone and an ear in a graph of Web Audio, for a browser without track generators and processors. */
export class SoundGraph {
  readonly track: MediaStreamTrack;
  readonly #context: AudioContext;
  readonly #speaker: AudioWorkletNode;
  /** The graph's time zero on the page's clock, as the last pieces have it. */
  readonly #originsUs: number[] = [];

  private constructor(context: AudioContext) {
    this.#context = context;
    this.#speaker = new AudioWorkletNode(context, 'speaker', { numberOfInputs: 0, outputChannelCount: [1] });
    const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    this.#speaker.connect(destination);
    this.track = destination.stream.getAudioTracks()[0] as MediaStreamTrack;
  }

  static async open(): Promise<SoundGraph> {
    const context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: 'interactive' });
    await context.audioWorklet.addModule('sound-worklet.js');
    return new SoundGraph(context);
  }

  /** @param data s16 samples */
  speak(data: Uint8Array): void {
    // A copy, for samples must lie at even addresses.
    const samples = new Int16Array(data.slice().buffer);
    this.#speaker.port.postMessage(samples, [samples.buffer]);
  }

  /** Sends what the track plays, with the time at which the graph played it. */
  listen(track: MediaStreamTrack, send: Send): void {
    const listener = new AudioWorkletNode(this.#context, 'listener', {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: 'explicit',
    });
    listener.port.addEventListener('message', ({ data }: MessageEvent<Heard>) => send(this.#frameOf(data)));
    listener.port.start();
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(listener);
  }

  #frameOf({ frame, samples }: Heard): Uint8Array<ArrayBuffer> {
    const endUs = (1e6 * (frame + samples.length)) / SAMPLE_RATE_HZ;
    this.#originsUs.push(performance.now() * 1000 - endUs);
    if (this.#originsUs.length > ORIGINS) this.#originsUs.shift();
    // A message is never early, so the earliest says it best; of the last ones, for the graph's time stands still where the machine keeps it waiting.
    const timeUs = Math.min(...this.#originsUs) + (1e6 * frame) / SAMPLE_RATE_HZ;
    return encodeMediaFrame({
      kind: MEDIA_KIND.audio,
      width: 0,
      height: 0,
      timeUs,
      data: new Uint8Array(samples.buffer),
    });
  }
}
