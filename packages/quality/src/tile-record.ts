import { FRAME_NUMBER_MODULUS, type FrameCode, type Rect, SENT_MS_MODULUS } from '@plugfest/model';

/** One shown picture in which a participant's code was read. */
export interface TileSample {
  readonly shownUs: number;
  readonly delayMs: number;
  /** Counted on beyond 4096. */
  readonly frameNumber: number;
  /** False where the same or an older frame was shown before. */
  readonly isNew: boolean;
  readonly psnrDb: number | undefined;
  readonly ssim: number | undefined;
}

/** A clock mapping may be wrong by so much: a frame that is shown before it was sent is younger than 0, not 16 s old. */
const MAX_NEGATIVE_MS = 1000;

/** What was seen of one participant, picture by picture. */
export class TileRecord {
  readonly participant: string;
  readonly samples: TileSample[] = [];
  readonly newPictureUs: number[] = [];
  /** Mean luma of its announced seat, picture by picture. */
  readonly luma: number[] = [];
  readonly #seatsSeen = new Map<number, { count: number; rect: Rect }>();
  readonly #seatsAnnounced = new Map<number, { count: number; rect: Rect }>();
  announcedFrames = 0;
  rightFrames = 0;
  strangerFrames = 0;
  firstAnnouncedUs: number | undefined;
  lastAnnouncedUs: number | undefined;
  #newest: number | undefined;

  constructor(participant: string) {
    this.participant = participant;
  }

  announced(seat: number, rect: Rect, shownUs: number): void {
    this.announcedFrames++;
    this.firstAnnouncedUs ??= shownUs;
    this.lastAnnouncedUs = shownUs;
    count(this.#seatsAnnounced, seat, rect);
  }

  /** Takes a reading, and how like the sent frame it is where that is known. */
  seen(
    code: FrameCode,
    { seat, rect, shownUs }: { seat: number; rect: Rect; shownUs: number },
    score: { psnrDb: number; ssim: number } | undefined,
  ): void {
    count(this.#seatsSeen, seat, rect);
    const frameNumber = this.#countOn(code.frameNumber);
    const isNew = this.#newest === undefined || frameNumber > this.#newest;
    if (isNew) {
      this.#newest = frameNumber;
      this.newPictureUs.push(shownUs);
    }
    const delayMs = delayOf(code.sentMs, shownUs);
    this.samples.push({ shownUs, delayMs, frameNumber, isNew, psnrDb: score?.psnrDb, ssim: score?.ssim });
  }

  get seat(): number {
    return mostOf(this.#seatsSeen)?.[0] ?? -1;
  }

  get announcedSeat(): number {
    return mostOf(this.#seatsAnnounced)?.[0] ?? -1;
  }

  /** Where it was mostly seen, else where it was announced. */
  get rect(): Rect {
    const most = mostOf(this.#seatsSeen) ?? mostOf(this.#seatsAnnounced);
    return most?.[1].rect ?? { x: 0, y: 0, width: 0, height: 0 };
  }

  #countOn(frameNumber: number): number {
    if (this.#newest === undefined) return frameNumber;
    const half = FRAME_NUMBER_MODULUS / 2;
    const ahead = (frameNumber - this.#newest) % FRAME_NUMBER_MODULUS;
    const step = ((ahead + half + FRAME_NUMBER_MODULUS) % FRAME_NUMBER_MODULUS) - half;
    return this.#newest + step;
  }
}

/** Age of a frame when it was shown. The code has whole milliseconds, cut off: half of one is put back. */
export function delayOf(sentMs: number, shownUs: number): number {
  const shownMs = shownUs / 1000;
  const age = (((shownMs - sentMs - 0.5) % SENT_MS_MODULUS) + SENT_MS_MODULUS) % SENT_MS_MODULUS;
  return age > SENT_MS_MODULUS - MAX_NEGATIVE_MS ? age - SENT_MS_MODULUS : age;
}

function count(seats: Map<number, { count: number; rect: Rect }>, seat: number, rect: Rect): void {
  seats.set(seat, { count: (seats.get(seat)?.count ?? 0) + 1, rect });
}

function mostOf<T extends { count: number }>(seats: ReadonlyMap<number, T>): [number, T] | undefined {
  return [...seats].sort(([, a], [, b]) => b.count - a.count)[0];
}
