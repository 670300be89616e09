import { randomInt } from 'node:crypto';
import { hostClock } from '@plugfest/host';
import { type Clock, type Random, seededRandom } from '@plugfest/model';
import { Bridge } from './bridge.ts';
import type { BridgeEvents } from './bridge-events.ts';
import { type BridgeAddresses, type BridgeOptions, bridgeConfigSchema } from './config.ts';
import { ControlServer } from './control/control-server.ts';

/** A bridge with its control API, in this process. */
export interface RunningBridge extends AsyncDisposable {
  readonly addresses: BridgeAddresses;
  /** `http://host:port`. */
  readonly controlUrl: string;
  readonly events: BridgeEvents;
}

/** @throws ZodError for options that are not right; the system's error where an address cannot be listened on */
export async function startBridge(
  options: BridgeOptions = {},
  random: Random = seededRandom(randomInt(2 ** 31)),
  clock: Clock = hostClock,
): Promise<RunningBridge> {
  const config = bridgeConfigSchema.parse(options);
  await using opening = new AsyncDisposableStack();
  const bridge = opening.use(await Bridge.open(config, random, clock));
  const control = opening.use(await ControlServer.open(bridge, config.host, config.ports.control ?? 0));
  opening.move();
  return {
    addresses: { ...bridge.addresses, http: control.url },
    controlUrl: control.url,
    events: bridge.events,
    // The other way round than it was opened, so that listeners hear how the calls end.
    async [Symbol.asyncDispose]() {
      await bridge[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
    },
  };
}
