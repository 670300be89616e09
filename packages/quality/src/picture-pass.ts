import type { ParticipantSource } from '@plugfest/media';
import type { Plan, VideoFrame, ViewChange } from '@plugfest/model';
import { compareLuma } from './luma-comparison.ts';
import { lumaOf, meanLumaOf } from './luma-plane.ts';
import { type ReferencePictures, scoredRect } from './reference-pictures.ts';
import type { AnnouncedView } from './run-facts.ts';
import { SeatReader, type SeatReading } from './seat-reader.ts';
import { TileRecord } from './tile-record.ts';
import { ViewChangeWatch } from './view-change-watch.ts';
import { ViewHistory } from './view-history.ts';

export interface PicturePassOptions {
  readonly plan: Plan;
  /** Of this viewer. */
  readonly views: readonly AnnouncedView[];
  readonly fromUs: number;
  readonly toUs: number;
  /** By participant; those that cannot be had are absent, and their pictures are not scored. */
  readonly sources: ReadonlyMap<string, ParticipantSource>;
  readonly references: ReferencePictures;
}

/** Looks at every picture that a viewer was shown in the window, once, in order. */
export class PicturePass {
  readonly #options: PicturePassOptions;
  readonly #history: ViewHistory;
  readonly #reader = new SeatReader();
  readonly #changes: ViewChangeWatch;
  readonly #idOfNumber: ReadonlyMap<number, string>;
  readonly records = new Map<string, TileRecord>();
  /** Pictures in the capture, and when the first was shown. */
  captured = 0;
  firstCapturedUs: number | undefined;
  /** Pictures in the window. */
  pictures = 0;
  /** When each picture that showed something new was shown. */
  readonly newPictureUs: number[] = [];
  firstUs: number | undefined;
  lastUs: number | undefined;
  /** The picture with most tiles right, nearest the middle of the window. */
  best: { frame: VideoFrame; score: number } | undefined;
  #lastCodes = '';

  constructor(options: PicturePassOptions) {
    this.#options = options;
    this.#history = new ViewHistory(options.views);
    this.#changes = new ViewChangeWatch(options.views);
    this.#idOfNumber = new Map(options.plan.participants.map(({ id, number }) => [number, id]));
  }

  /** How long what was announced took until it was seen. */
  get viewChanges(): ViewChange[] {
    return this.#changes.changes;
  }

  look(frame: VideoFrame): void {
    const { fromUs, toUs } = this.#options;
    this.captured++;
    this.firstCapturedUs ??= frame.ptsUs;
    if (frame.ptsUs > toUs) return;
    if (frame.ptsUs < fromUs) {
      // Before the window nothing is measured but how long people waited.
      this.#read(frame, this.#history.at(frame.ptsUs));
      return;
    }
    this.pictures++;
    this.firstUs ??= frame.ptsUs;
    this.lastUs = frame.ptsUs;
    const announced = this.#history.at(frame.ptsUs);
    const reading = this.#read(frame, announced);
    this.#noteNew(frame.ptsUs, reading);
    const seatsOf = this.#seatsByParticipant(reading);
    const current = announced[0];
    if (current) this.#lookAtAnnounced(frame, current, announced.length === 1, reading, seatsOf);
    for (const [id, seats] of seatsOf) this.#sample(frame, reading, id, seats, announced);
    this.#keepBest(frame, seatsOf, announced);
  }

  #read(frame: VideoFrame, announced: readonly AnnouncedView[]): SeatReading {
    const reading = this.#reader.read(
      frame,
      announced.map(({ layout }) => layout),
    );
    const participants = reading.codes.map((code) => code && this.#idOfNumber.get(code.participant));
    this.#changes.look(frame.ptsUs, reading.layout, participants);
    return reading;
  }

  #noteNew(shownUs: number, { codes }: SeatReading): void {
    const signature = codes.map((code) => (code ? `${code.participant}:${code.frameNumber}` : '')).join();
    const isUnreadable = codes.every((code) => code === undefined);
    if (isUnreadable || signature !== this.#lastCodes) this.newPictureUs.push(shownUs);
    this.#lastCodes = signature;
  }

  #seatsByParticipant({ codes }: SeatReading): Map<string, number[]> {
    const seats = new Map<string, number[]>();
    for (const [seat, code] of codes.entries()) {
      const id = code && this.#idOfNumber.get(code.participant);
      if (id !== undefined) seats.set(id, [...(seats.get(id) ?? []), seat]);
    }
    return seats;
  }

  #lookAtAnnounced(
    frame: VideoFrame,
    current: AnnouncedView,
    isSettled: boolean,
    reading: SeatReading,
    seatsOf: ReadonlyMap<string, readonly number[]>,
  ): void {
    for (const [seat, id] of current.seats.entries()) {
      const rect = reading.rects[seat];
      if (id === null || !rect) continue;
      // While an announced picture may still be under way, its absence says nothing.
      if (!isSettled && !seatsOf.has(id)) continue;
      const record = this.#record(id);
      record.announced(seat, rect, frame.ptsUs);
      record.luma.push(meanLumaOf(lumaOf(frame, scoredRect(rect))));
      const code = reading.codes[seat];
      if (isSettled && code && this.#idOfNumber.get(code.participant) !== id) record.strangerFrames++;
    }
  }

  #sample(
    frame: VideoFrame,
    reading: SeatReading,
    id: string,
    seats: readonly number[],
    announced: readonly AnnouncedView[],
  ): void {
    const announcedSeat = announced[0]?.seats.indexOf(id) ?? -1;
    const seat = seats.includes(announcedSeat) ? announcedSeat : (seats[0] as number);
    const code = reading.codes[seat];
    const rect = reading.rects[seat];
    if (!code || !rect) return;
    const source = this.#options.sources.get(id);
    const reference = source && this.#options.references.scored(source, code.frameNumber, rect.width, rect.height);
    const score = reference && compareLuma(lumaOf(frame, scoredRect(rect)), reference);
    const record = this.#record(id);
    record.seen(code, { seat, rect, shownUs: frame.ptsUs }, score);
    if (isRight(id, seats, announced, reading)) record.rightFrames++;
  }

  #keepBest(
    frame: VideoFrame,
    seatsOf: ReadonlyMap<string, readonly number[]>,
    announced: readonly AnnouncedView[],
  ): void {
    const { fromUs, toUs } = this.#options;
    const seated = announced[0]?.seats.filter((id) => id !== null && seatsOf.has(id)).length ?? seatsOf.size;
    const distance = Math.abs(frame.ptsUs - (fromUs + toUs) / 2) / (toUs - fromUs);
    const score = seated - distance;
    if (this.best && score <= this.best.score) return;
    // The frame's memory is its reader's.
    const data =
      this.best?.frame.data.length === frame.data.length ? this.best.frame.data : new Uint8Array(frame.data.length);
    data.set(frame.data);
    this.best = { frame: { ...frame, data }, score };
  }

  #record(id: string): TileRecord {
    let record = this.records.get(id);
    if (!record) {
      record = new TileRecord(id);
      this.records.set(id, record);
    }
    return record;
  }
}

/** Seen in the seat that one of the announced views gives it, and nowhere else. */
function isRight(
  id: string,
  seats: readonly number[],
  announced: readonly AnnouncedView[],
  reading: SeatReading,
): boolean {
  if (seats.length !== 1) return false;
  return announced.some((view) => view.layout === reading.layout && view.seats.indexOf(id) === seats[0]);
}
