/** Hosts let others in; guests wait until a host is there. Where a room has no PIN of a host, everybody is one. */
export type Role = 'host' | 'guest';

/** `lobby`: who is no host by PIN waits until let in. `locked`: who is no host by PIN is refused. */
export const ACCESS_MODES = ['open', 'lobby', 'locked'] as const;
export type Access = (typeof ACCESS_MODES)[number];

/** Who may come into a room, and how. */
export interface DoorPolicy {
  readonly access: Access;
  readonly hostPin?: string | undefined;
  readonly guestPin?: string | undefined;
}

export type Entrance = 'enter' | 'wait-for-host' | 'wait-to-be-let-in' | 'refuse';

/** Whether a call cannot lead anywhere: then it is refused before it is answered. */
export function refusesCalls({ access, hostPin }: DoorPolicy): boolean {
  return access === 'locked' && hostPin === undefined;
}

export function asksForPin({ hostPin, guestPin }: DoorPolicy): boolean {
  return hostPin !== undefined || guestPin !== undefined;
}

/** Who comes without being asked for a PIN. */
export function roleWithoutPin(policy: DoorPolicy): Role {
  return policy.access === 'lobby' || policy.hostPin !== undefined ? 'guest' : 'host';
}

/** What an entered PIN makes of somebody; undefined: it is wrong. An empty one is a guest’s where guests have none. */
export function roleOfPin({ hostPin, guestPin, access }: DoorPolicy, pin: string): Role | undefined {
  if (pin === hostPin) return 'host';
  if (pin !== (guestPin ?? '')) return undefined;
  return hostPin === undefined && access === 'open' ? 'host' : 'guest';
}

export function entranceFor({ access, hostPin }: DoorPolicy, role: Role, isHostThere: boolean): Entrance {
  if (role === 'host') return 'enter';
  if (access === 'locked') return 'refuse';
  if (access === 'lobby') return 'wait-to-be-let-in';
  return hostPin === undefined || isHostThere ? 'enter' : 'wait-for-host';
}

/** Collects the keys of one PIN: `#` ends it, `*` begins anew, and as many keys as the longest PIN has are all of it. */
export class PinEntry {
  readonly #longest: number;
  #keys = '';

  constructor({ hostPin = '', guestPin = '' }: DoorPolicy) {
    this.#longest = Math.max(hostPin.length, guestPin.length);
  }

  get length(): number {
    return this.#keys.length;
  }

  /** The whole PIN once it is entered. */
  press(key: string): string | undefined {
    if (key === '*') this.#keys = '';
    else if (key !== '#') this.#keys += key;
    if (key !== '#' && this.#keys.length < this.#longest) return undefined;
    const pin = this.#keys;
    this.#keys = '';
    return pin;
  }
}
