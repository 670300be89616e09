import { LAYOUT_TILES, type LayoutName } from '@plugfest/model';

/** Seats of one viewer's view: everybody but the viewer, in order of joining; where a layout has a place for the speaker, the speaker first. */
export function seatsOf(
  layout: LayoutName,
  viewer: string,
  participants: readonly string[],
  speaker: string | undefined,
): (string | null)[] {
  const others = participants.filter((id) => id !== viewer);
  const first = layout === 'equal-2x2' ? undefined : (others.find((id) => id === speaker) ?? others[0]);
  const ordered = first === undefined ? others : [first, ...others.filter((id) => id !== first)];
  return LAYOUT_TILES[layout].map((_, seat) => ordered[seat] ?? null);
}
