import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { findTool, type OwnedProcess, spawnOwned } from '@plugfest/host';
import type { ParticipantPlan } from '@plugfest/model';
import { decodeMediaFrame, encodeMediaFrame, MEDIA_KIND, type MediaFrame } from '../browser/media-frame.ts';

const PEER = resolve(import.meta.dirname, 'webrtc-peer.py');
const LENGTH_BYTES = 4;
/** A picture of 2560×1440 and its header: a longer frame is none of its. */
const MAX_FRAME_BYTES = 1 << 23;
/** Bytes that it has not taken yet, beyond which a picture is left out: more would be delay. */
const MAX_WAITING_BYTES = 3_000_000;
const END_MS = 2000;

/** What it says, a JSON object a line. */
type PeerEvent =
  | { readonly type: 'ready' }
  | { readonly type: 'offer'; readonly sdp: string }
  | { readonly type: 'fault'; readonly message: string };

/** What it is told. */
type PeerCommand =
  | { readonly command: 'offer' }
  | { readonly command: 'answer'; readonly sdp: string }
  | { readonly command: 'end' };

export interface GstreamerEvents {
  /** A picture or a piece of sound that it decoded, on the run's clock, which is the machine's monotonic one. */
  readonly onPresented: (frame: MediaFrame) => void;
  readonly onFault: (message: string) => void;
}

/** GStreamer's webrtcbin in a process of its own. */
export class GstreamerProcess implements AsyncDisposable {
  readonly #process: OwnedProcess;
  readonly #events: GstreamerEvents;
  readonly #offer = Promise.withResolvers<string>();
  #kept: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  #leftOut = 0;
  #isEnding = false;

  private constructor(process: OwnedProcess, events: GstreamerEvents) {
    this.#process = process;
    this.#events = events;
    this.#offer.promise.catch(() => {});
    const lines = createInterface({ input: process.stdout }).on('line', (line) => this.#take(line));
    const allSaid = once(lines, 'close');
    this.#media.on('data', (bytes: Buffer) => this.#receive(bytes));
    // Who has gone is noticed by its exit.
    this.#media.on('error', () => {});
    process.stdin?.on('error', () => {});
    void process.exited.then(async ({ code, signal }) => {
      await allSaid;
      const how = `GStreamer ended (${signal ?? `code ${code}`})`;
      this.#fail([how, process.stderrTail().trim().slice(-500)].filter(Boolean).join(': '));
    });
  }

  /** @throws where there is no GStreamer with WebRTC that Python can drive */
  static async open(plan: ParticipantPlan, events: GstreamerEvents): Promise<GstreamerProcess> {
    const python = await findTool('gstreamer');
    if (!python.found) throw new Error(`gstreamer: ${python.reason}; mend it with: ${python.fix}`);
    const { width, height, frameRate } = plan.video;
    const child = spawnOwned(python.path, [PEER, `${width}`, `${height}`, `${frameRate}`], {
      name: `gstreamer ${plan.id}`,
      stdin: 'pipe',
      extraFds: 1,
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    });
    return new GstreamerProcess(child, events);
  }

  /** Pictures that it did not take in time. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Its offer, with all its candidates. @throws where it ends before */
  offer(): Promise<string> {
    this.#tell({ command: 'offer' });
    return this.#offer.promise;
  }

  answer(sdp: string): void {
    this.#tell({ command: 'answer', sdp });
  }

  /** Shows a picture to the camera, says a piece of sound to the microphone. */
  feed(frame: MediaFrame): void {
    if (frame.kind === MEDIA_KIND.video && this.#media.writableLength > MAX_WAITING_BYTES) {
      this.#leftOut++;
      return;
    }
    const bytes = encodeMediaFrame(frame);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    this.#media.write(length);
    this.#media.write(bytes);
  }

  /** Resolves when it has ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    this.#tell({ command: 'end' });
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, END_MS);
    await Promise.race([this.#process.exited, late.promise]);
    clearTimeout(timer);
    await this.#process.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#isEnding = true;
    return this.#process.stop();
  }

  get #media() {
    const [pipe] = this.#process.extra;
    if (!pipe) throw new Error('GStreamer was started without a pipe for media');
    return pipe;
  }

  #tell(command: PeerCommand): void {
    this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  #take(line: string): void {
    const event = parseEvent(line);
    if (event?.type === 'offer') this.#offer.resolve(event.sdp);
    else if (event?.type === 'fault') this.#fail(event.message);
  }

  #receive(bytes: Buffer): void {
    this.#kept = this.#kept.length === 0 ? bytes : Buffer.concat([this.#kept, bytes]);
    while (this.#kept.length >= LENGTH_BYTES) {
      const length = this.#kept.readUInt32LE();
      if (length > MAX_FRAME_BYTES) {
        this.#fail('GStreamer wrote a frame that is too long');
        return;
      }
      if (this.#kept.length < LENGTH_BYTES + length) return;
      const frame = decodeMediaFrame(this.#kept.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
      this.#kept = this.#kept.subarray(LENGTH_BYTES + length);
      if (frame) this.#events.onPresented(frame);
    }
  }

  #fail(message: string): void {
    this.#offer.reject(new Error(message));
    if (!this.#isEnding) this.#events.onFault(message);
  }
}

/** Undefined for what is no event: plug-ins write to standard output too. */
function parseEvent(line: string): PeerEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as PeerEvent;
  } catch {
    return undefined;
  }
}
