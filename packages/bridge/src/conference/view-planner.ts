import { LAYOUT_TILES, type LayoutName, SPEAKER_SEATS } from '@plugfest/model';
import type { Participant } from './participant.ts';
import { presenceOf } from './presence.ts';
import { seatsOf } from './seating.ts';
import { type ViewSettings, viewFormatOf } from './view-format.ts';
import { CONTENT, type Scene, type View } from './views.ts';
import type { Visitor } from './visitor.ts';

export interface ViewPlannerOptions {
  readonly settings: ViewSettings;
  readonly participants: ReadonlyMap<string, Participant>;
  readonly visitors: () => ReadonlyMap<string, Visitor>;
  /** Who spoke, the last first. */
  readonly speakers: () => readonly string[];
  /** Who shows something to all. */
  readonly presenter: () => Participant | undefined;
}

/** Decides who is shown what: layouts, seats, what is presented, and what is said at the door. */
export class ViewPlanner {
  layout: LayoutName;
  /** Who has the first seats of every view, whoever speaks. */
  spotlight: readonly string[] = [];
  readonly #options: ViewPlannerOptions;

  constructor(layout: LayoutName, options: ViewPlannerOptions) {
    this.layout = layout;
    this.#options = options;
  }

  /** Who is in each seat of that participant's view. */
  seatsFor(viewer: string): (string | null)[] {
    const { participants, speakers } = this.#options;
    const looking = participants.get(viewer);
    const { layout = this.layout, selfView = false } = looking ?? {};
    const isSeen = ({ video, signalling }: Participant): boolean => video !== undefined && signalling !== 'whep';
    const shown = [...participants.values()].filter(isSeen).map(({ id }) => id);
    return seatsOf({
      layout,
      viewer: looking ? presenceOf(looking, participants) : viewer,
      participants: shown,
      speakers: speakers(),
      spotlight: this.spotlight,
      selfView,
    });
  }

  /** What that participant is sent; undefined where it takes no picture. */
  viewOf(viewer: Participant): View | undefined {
    const leg = viewer.video;
    if (!leg?.isSending) return undefined;
    const format = viewFormatOf(this.#options.settings, leg.media, leg.targetBps);
    const view = { key: viewer.id, viewer, leg, format };
    const notice = this.#options.visitors().get(viewer.id)?.notice;
    if (notice) return { ...view, layout: 'single', seats: [null], notice };
    return { ...view, ...this.#seating(viewer) };
  }

  /** What goes to a participant's second stream: what somebody else shows. */
  slidesFor(viewer: Participant): View | undefined {
    const leg = viewer.slides;
    if (!leg?.isSending || !this.#isPresented || this.#presents(viewer)) return undefined;
    const format = viewFormatOf(this.#options.settings, leg.media, leg.targetBps);
    return { key: slidesKey(viewer.id), viewer, leg, format, layout: 'single', seats: [CONTENT] };
  }

  /** What somebody would see who is nobody here and has no second stream. */
  get overview(): Scene {
    const { width, height } = this.#options.settings;
    return { format: { width, height }, ...this.#mixed(this.layout, this.seatsFor('')) };
  }

  /** Who has no second stream is shown what somebody presents in the first seat, and the others around it. */
  #seating(viewer: Participant): Pick<Scene, 'layout' | 'seats'> {
    const layout = viewer.layout ?? this.layout;
    const seats = this.seatsFor(viewer.id);
    const hasOther = viewer.slides?.isSending || this.#presents(viewer);
    return hasOther ? { layout, seats } : this.#mixed(layout, seats);
  }

  #mixed(layout: LayoutName, seats: readonly (string | null)[]): Pick<Scene, 'layout' | 'seats'> {
    if (!this.#isPresented) return { layout, seats };
    const around = SPEAKER_SEATS[layout] > 0 ? layout : 'one-plus-five';
    const order = [CONTENT, ...seats.filter((id) => id !== null)];
    return { layout: around, seats: LAYOUT_TILES[around].map((_, at) => order[at] ?? null) };
  }

  #presents(viewer: Participant): boolean {
    return this.#options.presenter()?.id === presenceOf(viewer, this.#options.participants);
  }

  /** Somebody has the floor, and a picture of what it shows is there. */
  get #isPresented(): boolean {
    return this.#options.presenter()?.slides?.pictureSize !== undefined;
  }
}

/** Names a participant's second stream among the views. */
export function slidesKey(participant: string): string {
  return `${participant} slides`;
}
