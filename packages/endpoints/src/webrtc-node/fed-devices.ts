import wrtc from '@roamhq/wrtc';

const { RTCAudioSource, RTCVideoSource } = wrtc.nonstandard;
const SAMPLE_RATE_HZ = 48_000;
/** wrtc takes sound in tens of milliseconds. */
const SAMPLES_10_MS = 480;

/** A camera and a microphone of wrtc that show and say what they are fed. */
export class FedDevices {
  readonly stream: InstanceType<typeof wrtc.MediaStream>;
  readonly #camera = new RTCVideoSource({ isScreencast: false });
  readonly #microphone = new RTCAudioSource();

  constructor() {
    this.stream = new wrtc.MediaStream([this.#microphone.createTrack(), this.#camera.createTrack()]);
  }

  /** An I420 picture. */
  show({ width, height, data }: { width: number; height: number; data: Uint8Array }): void {
    // A copy with a buffer of its own: wrtc measures the whole buffer.
    this.#camera.onFrame({ width, height, data: Uint8Array.from(data) });
  }

  /** Mono, 48 kHz. */
  speak(samples: Int16Array): void {
    for (let at = 0; at + SAMPLES_10_MS <= samples.length; at += SAMPLES_10_MS) {
      this.#microphone.onData({
        // A copy with a buffer of its own: wrtc takes the whole buffer.
        samples: samples.slice(at, at + SAMPLES_10_MS),
        sampleRate: SAMPLE_RATE_HZ,
        bitsPerSample: 16,
        channelCount: 1,
        numberOfFrames: SAMPLES_10_MS,
      });
    }
  }
}
