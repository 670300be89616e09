import { type JoinTarget, NotSupported } from '@plugfest/endpoints';
import type { LayoutName, Sabotage } from '@plugfest/model';
import type { DialOutWords } from '@plugfest/probe';
import type { ViewSwitch } from '../definition.ts';

/** What a bridge may be able to do besides taking calls. */
export const BRIDGE_ABILITIES = {
  views: 'tells whom it shows to whom',
  layouts: 'changes layouts and views during the call',
  sabotage: 'breaks things inside on purpose',
  removal: 'ends a participant’s call when it is told to',
  keys: 'presses keys for a participant when it is told to',
  'dial-out': 'calls somebody into the conference',
  trace: 'shows the SIP messages that it sends and receives',
  trust: 'has a certificate of the run’s authority, as federation asks',
} as const;
export type BridgeAbility = keyof typeof BRIDGE_ABILITIES;

/** Thrown where a scenario needs what the bridge cannot do: that is no fault of anybody, and nothing was proved. */
export class Unsupported extends NotSupported {
  /** `needed`: `a bridge that …`; `who` is there instead. */
  constructor(needed: string, who: string) {
    super(`the scenario needs ${needed}; “${who}” does not`);
  }

  static bridge(adapter: string, ability: BridgeAbility): Unsupported {
    return new Unsupported(`a bridge that ${BRIDGE_ABILITIES[ability]}`, adapter);
  }
}

/** A conference that can be called, whatever holds it. What is not among its abilities rejects with `Unsupported`. */
export interface ConferenceBridge extends AsyncDisposable {
  readonly adapter: string;
  readonly abilities: ReadonlySet<BridgeAbility>;
  /** Where it is called. */
  readonly addresses: JoinTarget['bridge'];
  /** Needs `views`. */
  tellsViews(): Promise<void>;
  /** Needs `sabotage`. */
  sabotage(sabotage: Sabotage): Promise<void>;
  /** Needs `layouts`. */
  switchView(participant: string, wish: ViewSwitch): Promise<void>;
  /** Needs `layouts`. */
  switchLayout(layout: LayoutName): Promise<void>;
  /** Needs `layouts`. */
  spotlight(participants: readonly string[]): Promise<void>;
  /** Needs `removal`. */
  remove(participant: string): Promise<void>;
  /** Sends keys to who has that address. Needs `keys`. */
  press(uri: string, digits: string): Promise<void>;
  /** Needs `dial-out`. */
  dialOut(uri: string, how?: DialOutWords): Promise<void>;
}
