import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type BridgeOptions, bridgeConfigSchema } from './config.ts';
import { startBridge } from './start-bridge.ts';

/**
 * The bridge's process: `main.ts '<JSON>'`, `main.ts --config '<JSON>'`, or flags for the simplest settings. Says where it listens in one JSON
 * line; ends with SIGTERM or when its standard input closes, having hung up on everybody.
 */
const bridge = await start();
process.stdout.write(`${JSON.stringify({ addresses: bridge.addresses, controlUrl: bridge.controlUrl })}\n`);

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await bridge[Symbol.asyncDispose]();
  process.exit(0);
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.stdin.on('end', end);
process.stdin.on('error', end);
process.stdin.resume();
// One call's fault of ours must not end the calls of others: it is told, loudly, and the bridge goes on.
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (fault: unknown) => {
    const message = fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
    process.stderr.write(`bridge: ${message}\n`);
    bridge.events.emit('bridge.fault', { message });
  });
}

async function start() {
  const parsed = bridgeConfigSchema.safeParse(withToken(optionsOf(process.argv.slice(2))));
  if (parsed.success) return startBridge(parsed.data);
  process.stderr.write(`bridge: its configuration is not right\n${z.prettifyError(parsed.error)}\n`);
  process.exit(2);
}

/** By the environment, where no list of processes shows it. */
function withToken(options: BridgeOptions): BridgeOptions {
  const controlToken = options.controlToken ?? process.env.PLUGFEST_CONTROL_TOKEN;
  return controlToken ? { ...options, controlToken } : options;
}

function optionsOf(argv: readonly string[]): BridgeOptions {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      host: { type: 'string' },
      domain: { type: 'string' },
      udp: { type: 'string' },
      tcp: { type: 'string' },
      tls: { type: 'string' },
      ws: { type: 'string' },
      control: { type: 'string' },
    },
  });
  const { config, host, domain, ...listeners } = values;
  const given = JSON.parse(config ?? positionals[0] ?? '{}') as BridgeOptions;
  const ports = Object.fromEntries(Object.entries(listeners).map(([name, text]) => [name, Number(text)]));
  return { ...given, ...(host ? { host } : {}), ...(domain ? { domain } : {}), ports: { ...given.ports, ...ports } };
}
