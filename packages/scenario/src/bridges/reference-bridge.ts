import { type BridgeOptions, BridgeProcess } from '@plugfest/bridge';
import type { JoinTarget } from '@plugfest/endpoints';
import type { LayoutName, Sabotage } from '@plugfest/model';
import type { DialOutWords } from '@plugfest/probe';
import type { ViewSwitch } from '../definition.ts';
import { BridgeWatch, type BridgeWatchOptions } from '../run/bridge-watch.ts';
import { BRIDGE_ABILITIES, type BridgeAbility, type ConferenceBridge } from './conference-bridge.ts';

/** A run's own bridge is steered by the run alone, on the loopback: the token of another, which the user may have set, is not its. */
const NO_TOKEN = { PLUGFEST_CONTROL_TOKEN: undefined };

/** Our own bridge, in a process of its own, watched and steered over its control API. */
export class ReferenceBridge implements ConferenceBridge {
  readonly adapter = 'reference';
  readonly abilities: ReadonlySet<BridgeAbility> = new Set(Object.keys(BRIDGE_ABILITIES) as BridgeAbility[]);
  readonly addresses: JoinTarget['bridge'];
  readonly #watch: BridgeWatch;
  readonly #resources: AsyncDisposableStack;

  private constructor(process: BridgeProcess, watch: BridgeWatch, resources: AsyncDisposableStack) {
    this.addresses = process.addresses;
    this.#watch = watch;
    this.#resources = resources;
  }

  /** @throws where it does not come up */
  static async open(
    options: BridgeOptions,
    watching: Omit<BridgeWatchOptions, 'controlUrl'>,
    mediaKeysFile?: string,
  ): Promise<ReferenceBridge> {
    await using opening = new AsyncDisposableStack();
    const process = opening.use(
      await BridgeProcess.start(options, { ...NO_TOKEN, PLUGFEST_MEDIA_KEYS: mediaKeysFile }),
    );
    const { addresses, controlUrl } = process;
    watching.log.emit('bridge.started', undefined, { addresses, controlUrl });
    const watch = opening.use(await BridgeWatch.open({ ...watching, controlUrl }));
    return new ReferenceBridge(process, watch, opening.move());
  }

  /** Its events come by themselves. */
  async tellsViews(): Promise<void> {}

  async sabotage(sabotage: Sabotage): Promise<void> {
    await this.#watch.sabotage(sabotage);
  }

  async switchView(participant: string, wish: ViewSwitch): Promise<void> {
    await this.#watch.switchView(participant, wish);
  }

  async switchLayout(layout: LayoutName): Promise<void> {
    await this.#watch.switchLayout(layout);
  }

  async spotlight(participants: readonly string[]): Promise<void> {
    await this.#watch.spotlight(participants);
  }

  async remove(participant: string): Promise<void> {
    await this.#watch.remove(participant);
  }

  async dialOut(uri: string, how?: DialOutWords): Promise<void> {
    await this.#watch.dialOut(uri, how);
  }

  async press(uri: string, digits: string): Promise<void> {
    await this.#watch.press(uri, digits);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
