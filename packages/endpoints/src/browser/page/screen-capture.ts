import { encodeMediaFrame, MEDIA_KIND } from '../media-frame.ts';
import type { Send } from './devices.ts';
import { i420Of } from './picture-bytes.ts';

/** Sends each picture that an element puts on the screen, for a browser without track processors. @see WICG video-rvfc */
export class ScreenCapture {
  readonly #screen: HTMLVideoElement;
  readonly #send: Send;
  #sending: Promise<void> = Promise.resolve();
  #presented = 0;

  constructor(screen: HTMLVideoElement, send: Send) {
    this.#screen = screen;
    this.#send = send;
    this.#await();
  }

  /** As the browser counts them: those that were shown between two of ours are among them. */
  get presentedFrames(): number {
    return this.#presented;
  }

  #await(): void {
    this.#screen.requestVideoFrameCallback((_now, { presentedFrames }) => {
      const timeUs = performance.now() * 1000;
      this.#presented = presentedFrames;
      this.#await();
      const frame = new VideoFrame(this.#screen);
      // One after another, for a copy may take longer than the next.
      this.#sending = this.#sending.then(() => this.#copy(frame, timeUs)).finally(() => frame.close());
    });
  }

  async #copy(frame: VideoFrame, timeUs: number): Promise<void> {
    const { width, height, data } = await i420Of(frame);
    this.#send(encodeMediaFrame({ kind: MEDIA_KIND.video, width, height, timeUs, data }));
  }
}
