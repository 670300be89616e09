import type { ClientWall } from '../../webrtc/client-protocol.ts';
import type { Wall } from '../../webrtc/janus-call.ts';

/** Where a conference does not compose, the page does: each person's picture on a tile of one canvas, whose picture is the track. */
export class TileWall implements Wall {
  readonly track: MediaStreamTrack;
  readonly #wall: ClientWall;
  /** Whose tile it is, from when the picture is asked for. */
  readonly #people: (string | null)[];
  /** Who is to be seen on it. */
  readonly #seats: (string | null)[];
  readonly #screens: HTMLVideoElement[];
  readonly #canvas = document.createElement('canvas');
  readonly #context = this.#canvas.getContext('2d', { alpha: false }) as CanvasRenderingContext2D;
  readonly #onSeats: (seats: readonly (string | null)[]) => void;

  /** `onSeats`: who sits where, told when it is drawn. */
  constructor(wall: ClientWall, onSeats: (seats: readonly (string | null)[]) => void) {
    this.#wall = wall;
    this.#onSeats = onSeats;
    this.#people = wall.tiles.map(() => null);
    this.#seats = wall.tiles.map(() => null);
    this.#screens = wall.tiles.map(() =>
      Object.assign(document.createElement('video'), { muted: true, autoplay: true }),
    );
    Object.assign(this.#canvas, { width: wall.width, height: wall.height });
    [this.track] = this.#canvas.captureStream(0).getVideoTracks() as [CanvasCaptureMediaStreamTrack];
    setInterval(() => this.#draw(), 1000 / wall.frameRate);
  }

  /** On the first free tile; where there is none, it is not shown. */
  show(person: string, track: MediaStreamTrack): void {
    const taken = this.#people.indexOf(person);
    const seat = taken === -1 ? this.#people.indexOf(null) : taken;
    const screen = this.#screens[seat];
    if (!screen) return;
    this.#people[seat] = person;
    screen.srcObject = new MediaStream([track]);
    screen.requestVideoFrameCallback(() => this.#sit(seat, person));
  }

  clear(person: string): void {
    const seat = this.#people.indexOf(person);
    const screen = this.#screens[seat];
    if (!screen) return;
    this.#people[seat] = null;
    screen.srcObject = null;
    this.#sit(seat, null);
  }

  #sit(seat: number, person: string | null): void {
    this.#seats[seat] = person;
    this.#draw();
    this.#onSeats([...this.#seats]);
  }

  #draw(): void {
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    for (const [seat, { x, y, width, height }] of this.#wall.tiles.entries()) {
      const screen = this.#screens[seat];
      if (screen && this.#seats[seat] !== null) this.#context.drawImage(screen, x, y, width, height);
    }
    (this.track as CanvasCaptureMediaStreamTrack).requestFrame();
  }
}
