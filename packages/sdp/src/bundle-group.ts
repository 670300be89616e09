import { attribute, attributes, words } from './attribute.ts';
import type { SessionDescription } from './session-description.ts';

/** m-line indices of a description's first BUNDLE group, in the group's order; unknown and repeated mids are left out. @see RFC 8843 §7 */
export function bundledIndices(description: SessionDescription): number[] {
  const group = attributes(description, 'group').find((value) => value.startsWith('BUNDLE '));
  if (group === undefined) return [];
  const byMid = new Map<string, number>();
  for (const [index, media] of description.media.entries()) {
    const mid = attribute(media, 'mid');
    if (mid !== undefined && !byMid.has(mid)) byMid.set(mid, index);
  }
  return [...new Set(words(group).slice(1))].flatMap((mid) => byMid.get(mid) ?? []);
}
