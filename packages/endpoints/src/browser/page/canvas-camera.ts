/** The part of Firefox's canvas stream that TypeScript's DOM library has at the track, where the standard puts it. */
interface CanvasStream extends MediaStream {
  requestFrame?(): void;
}

/** A camera for a browser without track generators: pictures are drawn on a canvas, which gives each of them out once. @see W3C mediacapture-fromelement §4 */
export class CanvasCamera {
  readonly track: CanvasCaptureMediaStreamTrack;
  readonly #canvas = document.createElement('canvas');
  readonly #context: CanvasRenderingContext2D;
  readonly #stream: CanvasStream;

  /** @throws where the page has no canvas */
  constructor() {
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('the page has no canvas');
    this.#context = context;
    this.#stream = this.#canvas.captureStream(0);
    this.track = this.#stream.getVideoTracks()[0] as CanvasCaptureMediaStreamTrack;
    this.track.contentHint = 'motion';
  }

  /** @param data I420 */
  show(width: number, height: number, data: Uint8Array<ArrayBuffer>): void {
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    const timestamp = performance.now() * 1000;
    const frame = new VideoFrame(data, { format: 'I420', codedWidth: width, codedHeight: height, timestamp });
    this.#context.drawImage(frame, 0, 0);
    frame.close();
    if (this.#stream.requestFrame) this.#stream.requestFrame();
    else this.track.requestFrame();
  }
}
