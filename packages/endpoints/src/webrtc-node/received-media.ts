import { CaptureWriter } from '@plugfest/media';
import type { Clock } from '@plugfest/model';
import wrtc from '@roamhq/wrtc';

const { RTCAudioSink, RTCVideoSink } = wrtc.nonstandard;
const CAPTURE_AUDIO = { sampleRateHz: 48_000, channels: 1 } as const;
/** wrtc gives sound out in pieces of this length, when they have been played. */
const PIECE_US = 10_000;

type Track = InstanceType<typeof wrtc.MediaStreamTrack>;

interface Sound {
  readonly samples: Int16Array;
  readonly sampleRate: number;
  readonly channelCount: number;
}

/** Captures the decoded pictures and the sound of the received tracks, from the first picture on. */
export class ReceivedMedia {
  readonly #captureFile: string;
  readonly #clock: Clock;
  readonly #onReady: () => void;
  readonly #sinks: { stop(): void }[] = [];
  #capture: CaptureWriter | undefined;
  #heard = false;
  #isReady = false;

  /** @param onReady called once, when there has been a picture and sound */
  constructor(captureFile: string, clock: Clock, onReady: () => void) {
    this.#captureFile = captureFile;
    this.#clock = clock;
    this.#onReady = onReady;
  }

  take(track: Track): void {
    this.#sinks.push(track.kind === 'video' ? this.#watch(track) : this.#listen(track));
  }

  /** Resolves when the capture is complete; undefined where there never was a picture. */
  async close(): Promise<{ readonly droppedFrames: number } | undefined> {
    for (const sink of this.#sinks.splice(0)) sink.stop();
    await this.#capture?.close();
    return this.#capture && { droppedFrames: this.#capture.droppedFrames };
  }

  #watch(track: Track): { stop(): void } {
    const sink = new RTCVideoSink(track);
    sink.onframe = ({ frame }: { frame: { width: number; height: number; data: Uint8ClampedArray } }) => {
      const ptsUs = this.#clock.nowUs();
      const { width, height } = frame;
      this.#capture ??= CaptureWriter.open(this.#captureFile, { video: { width, height }, audio: CAPTURE_AUDIO });
      this.#capture.writeVideo({ width, height, data: Uint8Array.from(frame.data), ptsUs });
      this.#markReady();
    };
    return sink;
  }

  #listen(track: Track): { stop(): void } {
    const sink = new RTCAudioSink(track);
    sink.ondata = ({ samples, sampleRate, channelCount }: Sound) => {
      if (sampleRate !== CAPTURE_AUDIO.sampleRateHz) return;
      this.#heard = true;
      const ptsUs = this.#clock.nowUs() - PIECE_US;
      this.#capture?.writeAudio({ samples: firstChannel(samples, channelCount), ...CAPTURE_AUDIO, ptsUs });
      this.#markReady();
    };
    return sink;
  }

  #markReady(): void {
    if (this.#isReady || !this.#heard || !this.#capture) return;
    this.#isReady = true;
    this.#onReady();
  }
}

function firstChannel(samples: Int16Array, channels: number): Int16Array {
  return Int16Array.from({ length: samples.length / channels }, (_, i) => samples[i * channels] ?? 0);
}
