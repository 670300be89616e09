import type { Plan, RunEvent } from '@plugfest/model';
import type { ViewSwitch } from '../definition.ts';

/** `sip:Anna@Corp.Example;x=y` → `anna@corp.example`. */
export function addressOf(uri: string): string {
  return uri
    .replace(/^sips?:/i, '')
    .replace(/[;?>].*$/, '')
    .toLowerCase();
}

/** Names of the bridge's participants in the plan, by the address that each called from. */
export class ViewWatch {
  readonly #planIdOfAddress: ReadonlyMap<string, string>;
  readonly #planIdOfBridgeId = new Map<string, string>();

  constructor(plan: Plan) {
    this.#planIdOfAddress = new Map(plan.participants.map(({ id, uri }) => [addressOf(uri), id]));
  }

  /** Learns who a bridge participant is. */
  meet(bridgeId: string, uri: string): string | undefined {
    const planId = this.#planIdOfAddress.get(addressOf(uri));
    if (planId !== undefined) this.#planIdOfBridgeId.set(bridgeId, planId);
    return planId;
  }

  planIdOf(bridgeId: string): string | undefined {
    return this.#planIdOfBridgeId.get(bridgeId);
  }

  /** Seats of a view by plan identifiers; null is an empty seat. */
  seats(bridgeIds: readonly (string | null)[]): (string | null)[] {
    return bridgeIds.map((id) => (id === null ? null : (this.planIdOf(id) ?? null)));
  }
}

/** True once the newest view of each of these participants shows all the others. */
export function everyoneIsShown(participants: readonly string[]): (events: readonly RunEvent[]) => boolean {
  return (events) => {
    const shown = new Map<string, readonly unknown[]>();
    for (const { type, participant, data } of events) {
      if (type === 'view.changed' && participant !== undefined) shown.set(participant, data.seats as unknown[]);
    }
    return participants.every((viewer) =>
      participants.every((other) => other === viewer || shown.get(viewer)?.includes(other) === true),
    );
  };
}

/** True once the newest view of that participant is as it asked for. A layout of null is whatever the conference has. */
export function viewFits(viewer: string, { layout, selfView }: ViewSwitch): (events: readonly RunEvent[]) => boolean {
  return (events) => {
    const data = events.findLast(({ type, participant }) => type === 'view.changed' && participant === viewer)?.data;
    if (!data) return false;
    const seats = data.seats as readonly unknown[];
    const isLayout = layout === undefined || layout === null || data.layout === layout;
    // On the only seat of a picture nobody sees itself while somebody else is there.
    const isSelf = selfView === undefined || seats.length === 1 || seats.includes(viewer) === selfView;
    return isLayout && isSelf;
  };
}
