import type { AnnouncedView } from './run-facts.ts';

/** After an announcement the old picture is still under way: for so long either view counts as announced. */
const SETTLE_US = 1_000_000;

/** What a viewer should be shown when. */
export class ViewHistory {
  readonly #views: readonly AnnouncedView[];
  #next = 0;

  /** Views in order of time. */
  constructor(views: readonly AnnouncedView[]) {
    this.#views = views;
  }

  /** The views that count at that time, the newest first; none before the first announcement. */
  at(atUs: number): readonly AnnouncedView[] {
    // Pictures come in order, so the place is kept; a step back starts anew.
    if ((this.#views[this.#next - 1]?.fromUs ?? Number.NEGATIVE_INFINITY) > atUs) this.#next = 0;
    while ((this.#views[this.#next]?.fromUs ?? Number.POSITIVE_INFINITY) <= atUs) this.#next++;
    const counting: AnnouncedView[] = [];
    for (let i = this.#next - 1; i >= 0; i--) {
      counting.push(this.#views[i] as AnnouncedView);
      if ((this.#views[i] as AnnouncedView).fromUs <= atUs - SETTLE_US) break;
    }
    return counting;
  }
}
