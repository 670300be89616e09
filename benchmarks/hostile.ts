/**
 * The bridge under attack: 1,000 idle sockets, 5,000 INVITEs a second, TLS garbage and half handshakes, a storm of resets, foreign RTP and DTLS at
 * its media ports, all at once, while two good callers (and libwebrtc, where there is one) are in a conference, a third joins, and somebody keeps asking
 * for OPTIONS. Ends with 1 where a row fails.
 *
 *     npm run hostile [-- --seconds 10] [--json]
 */
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { spawnOwned } from '@plugfest/host';
import { BridgeProcess } from '../packages/bridge/src/bridge-process.ts';
import { makeCertificate } from '../packages/bridge/src/certificate-fixture.ts';
import { ATTACKS, type AttackPlan, type Told } from './hostile/attacks.ts';
import { BridgeWatch } from './hostile/bridge-watch.ts';
import { rowsOf } from './hostile/verdict.ts';
import { WebRtcWitness } from './hostile/web-rtc-witness.ts';
import { Witness } from './hostile/witness.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
});
const durationMs = Number(values.seconds) * 1000;
const BASELINE_MS = 4000;
/** Longer than idle connections are kept (30 s), counted from the beginning of the attack. */
const AFTERWARDS_MS = Math.max(0, 33_000 - durationMs);

function attack(name: string, plan: AttackPlan): Promise<Told> {
  const script = join(import.meta.dirname, 'hostile/attacker.ts');
  const child = spawnOwned(process.execPath, [script, name, JSON.stringify(plan)], { name: `attack ${name}` });
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line) as Told));
    void child.exited.then(() => {
      if (child.stderrTail()) process.stderr.write(child.stderrTail());
      resolve({});
    });
  });
}

const tls = await makeCertificate('bridge.example');
if (!tls) throw new Error('no openssl to make a certificate with; mend it with: apt-get install openssl');
await using bridge = await BridgeProcess.start({ tls });
await using bridgeWatch = await BridgeWatch.open(bridge.controlUrl);
const portOf = (address = ''): number => Number(address.split(':').at(-1));
const { udp, tcp, ws } = bridge.addresses;
await using witness = await Witness.open(udp, portOf(tcp));
await using web = await WebRtcWitness.open(ws);
const loop = monitorEventLoopDelay({ resolution: 5 });

const before = await witness.watch(BASELINE_MS);
const held = await bridgeWatch.sample();
const plan: AttackPlan = {
  ...{ udpPort: portOf(udp), tcpPort: portOf(tcp), tlsPort: portOf(bridge.addresses.tls), wsPort: portOf(ws) },
  mediaPorts: [...witness.peers.flatMap(({ farPorts }) => farPorts), ...bridgeWatch.webRtcPorts],
  durationMs,
};
loop.enable();
const attacks = Object.fromEntries(
  Object.keys(ATTACKS).map((name) => [
    name,
    attack(name, name === 'idle-sockets' ? { ...plan, durationMs: durationMs + AFTERWARDS_MS } : plan),
  ]),
);
const newcomer = new Promise((resolve) => setTimeout(resolve, durationMs / 2)).then(() => witness.newcomer());
const during = await witness.watch(durationMs);
loop.disable();
const after = await witness.watch(AFTERWARDS_MS);
const told: Record<string, Told> = {};
for (const [name, done] of Object.entries(attacks)) told[name] = await done;
const left = await bridgeWatch.sample();
const facts = {
  ...{ before, during, after, held, left, told, newcomer: await newcomer },
  ...{ peakRssBytes: bridgeWatch.peakRssBytes, faults: bridgeWatch.faults, controlMs: bridgeWatch.slowestMs },
  web: web && { before: web.before, now: web.seen },
  ownDelayMs: loop.max / 1e6,
};
const rows = rowsOf(facts);
if (values.json) console.log(JSON.stringify({ rows, facts }));
else {
  for (const { holds, what, value } of rows) console.log(`${holds ? 'ok  ' : 'FAIL'}  ${what.padEnd(58)} ${value}`);
  console.log(`what the attackers did: ${JSON.stringify(told)}`);
  console.log(`defences: ${JSON.stringify(left.defences)}`);
}
process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
