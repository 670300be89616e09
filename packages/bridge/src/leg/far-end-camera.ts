import type { Clock, Timer } from '@plugfest/model';
import {
  type CameraMessage,
  type CameraMove,
  formatCameraMessage,
  formatH224,
  formatManagementMessage,
  H224_CLIENTS,
  type H224Frame,
  parseCameraMessage,
  parseH224,
  parseManagementMessage,
} from '@plugfest/rtp';

export interface FarEndCameraOptions {
  readonly clock: Clock;
  /** Sends a frame to the peer. */
  readonly send: (frame: Uint8Array) => void;
  /** The peer wants the camera to move so, from now on; undefined: to rest. */
  readonly onMove: (move: CameraMove | undefined) => void;
  /** The peer wants to see another of our sources. */
  readonly onSource: (source: number) => void;
}

/** H.281, with more to tell of it. */
const CLIENTS = Uint8Array.of(1, 0x80 | H224_CLIENTS.camera);
/** No presets; the main camera, motion video, which pans, tilts, zooms and focuses. [M] */
const CAPABILITIES = Uint8Array.of(0x80 | H224_CLIENTS.camera, 0x00, 0x14, 0xf0);

/**
 * A camera as the far end sees it: says what it is where it is asked, and follows what it is told until it is told to stop or hears no more. The bridge
 * has no camera: what is wanted of it goes to who watches the bridge. @see ITU-T H.281 §4, H.224 §9
 */
export class FarEndCamera {
  readonly #options: FarEndCameraOptions;
  #moving: { readonly move: CameraMove; readonly timeoutMs: number; timer: Timer } | undefined;
  #hasIntroduced = false;

  constructor(options: FarEndCameraOptions) {
    this.#options = options;
  }

  /** What came in one RTP packet. What is not understood is passed over. */
  receive(payload: Uint8Array): void {
    const frame = parseH224(payload);
    if (!frame.ok || !frame.value.begins || !frame.value.ends) return;
    if (!this.#hasIntroduced) this.#introduce();
    if (frame.value.client === H224_CLIENTS.management) this.#manage(frame.value);
    const message = frame.value.client === H224_CLIENTS.camera ? parseCameraMessage(frame.value.data) : undefined;
    if (message) this.#follow(message);
  }

  close(): void {
    this.#moving?.timer.cancel();
    this.#moving = undefined;
  }

  /** Nobody is told before he has spoken: until then he may not have asked for anything. */
  #introduce(): void {
    this.#hasIntroduced = true;
    this.#tell('clients', CLIENTS);
    this.#tell('capabilities', CAPABILITIES);
  }

  #manage({ data }: H224Frame): void {
    const message = parseManagementMessage(data);
    if (message?.kind !== 'command') return;
    this.#tell(message.about, message.about === 'clients' ? CLIENTS : CAPABILITIES);
  }

  #follow(message: CameraMessage): void {
    if (message.type === 'start') this.#start(message.move, message.timeoutMs);
    else if (message.type === 'stop') this.#rest();
    else if (message.type === 'continue' && this.#moving && isSame(this.#moving.move, message.move))
      this.#watch(this.#moving.move, this.#moving.timeoutMs);
    else if (message.type === 'select-source') {
      this.#options.onSource(message.source);
      const switched = formatCameraMessage({ ...message, type: 'source-switched' });
      this.#send(H224_CLIENTS.camera, switched);
    }
  }

  #start(move: CameraMove, timeoutMs: number): void {
    this.#watch(move, timeoutMs);
    this.#options.onMove(move);
  }

  /** Who goes on must say so in time. */
  #watch(move: CameraMove, timeoutMs: number): void {
    this.#moving?.timer.cancel();
    const timer = this.#options.clock.schedule(timeoutMs, () => this.#rest());
    this.#moving = { move, timeoutMs, timer };
  }

  #rest(): void {
    if (!this.#moving) return;
    this.close();
    this.#options.onMove(undefined);
  }

  #tell(about: 'clients' | 'capabilities', octets: Uint8Array): void {
    this.#send(H224_CLIENTS.management, formatManagementMessage({ about, kind: 'message', octets }));
  }

  #send(client: number, data: Uint8Array): void {
    const whole = { begins: true, ends: true, segment: 0 };
    this.#options.send(formatH224({ priority: 'high', destination: 0, source: 0, client, ...whole, data }));
  }
}

function isSame(one: CameraMove, other: CameraMove): boolean {
  return (['pan', 'tilt', 'zoom', 'focus'] as const).every((axis) => one[axis] === other[axis]);
}
