import { decodeMediaFrame, MEDIA_KIND } from '../media-frame.ts';
import type { Devices } from './devices.ts';

const SAMPLE_RATE_HZ = 48_000;

/** Camera and microphone by Chromium's track generators. */
export class FakeDevices implements Devices {
  readonly stream: MediaStream;
  readonly #video: WritableStreamDefaultWriter<VideoFrame>;
  readonly #audio: WritableStreamDefaultWriter<AudioData>;
  #samples = 0;
  #firstUs: number | undefined;

  constructor() {
    const camera = new MediaStreamTrackGenerator<VideoFrame>({ kind: 'video' });
    const microphone = new MediaStreamTrackGenerator<AudioData>({ kind: 'audio' });
    this.#video = camera.writable.getWriter();
    this.#audio = microphone.writable.getWriter();
    this.stream = new MediaStream([microphone, camera]);
  }

  feed(bytes: Uint8Array<ArrayBuffer>): void {
    const frame = decodeMediaFrame(bytes);
    if (frame?.kind === MEDIA_KIND.video) this.#show(frame.width, frame.height, frame.data as Uint8Array<ArrayBuffer>);
    else if (frame) this.#speak(frame.data);
  }

  #show(codedWidth: number, codedHeight: number, data: Uint8Array<ArrayBuffer>): void {
    const frame = new VideoFrame(data, {
      format: 'I420',
      codedWidth,
      codedHeight,
      timestamp: performance.now() * 1000,
    });
    this.#video.write(frame).catch(() => frame.close());
  }

  #speak(data: Uint8Array): void {
    // A copy, for samples must lie at even addresses.
    const samples = new Int16Array(data.slice().buffer);
    // One clock with the pictures, so that the far end can bring both together; counted on, for sound has no gaps.
    this.#firstUs ??= performance.now() * 1000;
    const timestamp = this.#firstUs + (1e6 * this.#samples) / SAMPLE_RATE_HZ;
    this.#samples += samples.length;
    const sound = new AudioData({
      format: 's16',
      sampleRate: SAMPLE_RATE_HZ,
      numberOfFrames: samples.length,
      numberOfChannels: 1,
      timestamp,
      data: samples,
    });
    this.#audio.write(sound).catch(() => sound.close());
  }
}
