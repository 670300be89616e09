import type { JoinTarget } from '@plugfest/endpoints';
import { type Clock, layoutTiles, type Plan } from '@plugfest/model';
import { type BridgeAbility, type ConferenceBridge, Unsupported } from './conference-bridge.ts';
import { JANUS, ROOM } from './janus/janus-config.ts';
import { JanusProcess } from './janus/janus-process.ts';

/** From each person at most: what a browser sends of 640×360. */
const BITRATE_BPS = 1_000_000;

/** Pages compose what they are sent, and so know whom they show. */
export const JANUS_ABILITIES: ReadonlySet<BridgeAbility> = new Set(['views']);

/** Where it is called: what a page needs to take part, and where it is to put others' pictures. */
export function janusAddresses(url: string, conference: Plan['conference']): JoinTarget['bridge'] {
  const { layout, width, height, frameRate } = conference;
  const wall = { width, height, frameRate, tiles: layoutTiles(layout, width, height) };
  return { janus: { url, room: ROOM, layout, wall } };
}

/**
 * Janus, in a process of its own: AudioBridge mixes what is said, VideoRoom passes each picture on, and each page lays the pictures out. It is called by browsers alone, and does
 * nothing else of what our bridge does: that is unsupported, and said so before anybody calls.
 */
export class JanusBridge implements ConferenceBridge {
  readonly adapter = JANUS;
  readonly abilities = JANUS_ABILITIES;
  readonly addresses: JoinTarget['bridge'];
  readonly #process: JanusProcess;

  private constructor(process: JanusProcess, conference: Plan['conference']) {
    this.#process = process;
    this.addresses = janusAddresses(process.url, conference);
  }

  /** @throws where it does not come up */
  static async open({ conference }: Plan, clock: Clock, workDir: string): Promise<JanusBridge> {
    return new JanusBridge(await JanusProcess.open({ clock, workDir, bitrateBps: BITRATE_BPS }), conference);
  }

  /** The pages tell, by themselves. */
  async tellsViews(): Promise<void> {}

  sabotage(): Promise<never> {
    return this.#cannot('sabotage');
  }

  switchView(): Promise<never> {
    return this.#cannot('layouts');
  }

  switchLayout(): Promise<never> {
    return this.#cannot('layouts');
  }

  spotlight(): Promise<never> {
    return this.#cannot('layouts');
  }

  remove(): Promise<never> {
    return this.#cannot('removal');
  }

  press(): Promise<never> {
    return this.#cannot('keys');
  }

  dialOut(): Promise<never> {
    return this.#cannot('dial-out');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }

  #cannot(ability: BridgeAbility): Promise<never> {
    return Promise.reject(Unsupported.bridge(this.adapter, ability));
  }
}
