import type { LayoutName, ViewChange } from '@plugfest/model';
import type { AnnouncedView } from './run-facts.ts';

interface Pending {
  readonly atUs: number;
  readonly layout: LayoutName;
  readonly seat: number;
  readonly participant: string;
  /** When it is announced away again. */
  readonly untilUs: number;
  seenUs: number | undefined;
}

/** Watches how long each announced change of a viewer's picture takes until it is seen. */
export class ViewChangeWatch {
  readonly #changes: readonly Pending[];
  /** Those before it are seen or over: pictures come in order. */
  #next = 0;

  /** Views in order of time. */
  constructor(views: readonly AnnouncedView[]) {
    this.#changes = views.flatMap((view, i) => changesOf(view, views[i - 1], views[i + 1]));
  }

  /** A picture, and who is read in its seats. */
  look(shownUs: number, layout: LayoutName, participants: readonly (string | undefined)[]): void {
    for (let i = this.#next; i < this.#changes.length; i++) {
      const change = this.#changes[i] as Pending;
      if (change.atUs > shownUs) break;
      const isSeen = layout === change.layout && participants[change.seat] === change.participant;
      if (change.seenUs === undefined && isSeen && shownUs <= change.untilUs) change.seenUs = shownUs;
      const isOver = change.seenUs !== undefined || shownUs > change.untilUs;
      if (isOver && i === this.#next) this.#next++;
    }
  }

  get changes(): ViewChange[] {
    return this.#changes.map(({ atUs, seat, participant, seenUs }) => ({
      atUs,
      seat,
      participant,
      waitMs: seenUs === undefined ? null : (seenUs - atUs) / 1000,
    }));
  }
}

/** Who is in another seat, or in a seat of another layout, than before. What is announced again is no change. */
function changesOf(
  view: AnnouncedView,
  before: AnnouncedView | undefined,
  after: AnnouncedView | undefined,
): Pending[] {
  return view.seats.flatMap((participant, seat) => {
    const isSame = before?.layout === view.layout && before.seats[seat] === participant;
    if (participant === null || isSame) return [];
    const isKept = after?.layout === view.layout && after.seats[seat] === participant;
    const untilUs = after && !isKept ? after.fromUs : Number.POSITIVE_INFINITY;
    return [{ atUs: view.fromUs, layout: view.layout, seat, participant, untilUs, seenUs: undefined }];
  });
}
