import { randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { seededRandom } from '@plugfest/model';
import { Bridge } from './bridge.ts';
import { bridgeConfigSchema } from './config.ts';
import { openControlServer } from './control/control-server.ts';

/** The bridge's process: its configuration as one JSON argument; says where it listens in one JSON line; ends with SIGTERM or when its standard input closes. */
const config = bridgeConfigSchema.parse(JSON.parse(process.argv[2] ?? '{}'));
const bridge = await Bridge.open(config, seededRandom(randomInt(2 ** 31)));
const control = await openControlServer(bridge, config.host, config.ports.control ?? 0);
const { port } = control.address() as AddressInfo;
process.stdout.write(
  `${JSON.stringify({ addresses: bridge.addresses, controlUrl: `http://${config.host}:${port}` })}\n`,
);

let ending = false;
async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  control.close();
  await bridge[Symbol.asyncDispose]();
  process.exit(0);
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.stdin.on('end', end);
process.stdin.resume();
