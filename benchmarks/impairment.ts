/**
 * What a wire was asked to do to packets against what it did, by real sockets: 2,000 packets a second of 172 bytes, five seconds a row. The wire is a process of
 * its own, whose CPU time is told too; what the same packets take without it (the machine's own delay) is measured first and taken off.
 *
 *     npm run bench:impairment [-- --json]
 */
import { fork } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { hostClock } from '@plugfest/host';
import type { Impairment } from '@plugfest/model';
import { expectedLoss } from '@plugfest/wire';
import type { WireAnswer, WireRequest } from './impairment/wire-process.ts';

const [PACKETS_PER_S, SECONDS, BYTES] = [2000, 5, 172];
const COUNT = PACKETS_PER_S * SECONDS;
/** 99.9 % of all draws lie so many standard deviations around. */
const SIGMAS = 3.3;
const DELAY_LIMIT_MS = 1;
const CPU_LIMIT = 0.05;

interface Flow {
  /** By number: how late each came; NaN where it did not. */
  readonly delaysMs: Float64Array;
  readonly received: number;
  readonly duplicates: number;
  readonly overtaken: number;
  readonly spoilt: number;
  /** From the first to the last that came. */
  readonly lastedMs: number;
  /** Of the wire's process, as a share of a core. */
  readonly cpu: number;
}

interface Finding {
  readonly value: string;
  readonly limit: string;
  readonly holds: boolean;
}

interface Row {
  readonly asked: string;
  readonly impairment: Impairment;
  readonly find: (flow: Flow, machineMs: number) => Finding;
}

const share = (of: (flow: Flow) => number, ratio: number): Row['find'] => {
  return (flow) => {
    const value = of(flow);
    const limit = SIGMAS * Math.sqrt((ratio * (1 - ratio)) / COUNT);
    return {
      value: `${(100 * value).toFixed(2)} %`,
      limit: `${(100 * ratio).toFixed(2)} ± ${(100 * limit).toFixed(2)} % (binomial, 99.9 %)`,
      holds: Math.abs(value - ratio) <= limit,
    };
  };
};
const lost = ({ delaysMs }: Flow): number => delaysMs.filter(Number.isNaN).length / COUNT;

function percentile(values: Float64Array, p: number): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))] ?? Number.NaN;
}

const delay = (ms: number): Row['find'] => {
  return ({ delaysMs }, machineMs) => {
    const [low, middle, high] = [0.05, 0.5, 0.95].map((p) => percentile(delaysMs, p) - machineMs) as [
      number,
      number,
      number,
    ];
    return {
      value: `${middle.toFixed(2)} ms (p5 ${low.toFixed(2)}, p95 ${high.toFixed(2)})`,
      limit: `${ms} ± ${DELAY_LIMIT_MS} ms, p5 to p95`,
      holds: low >= ms - DELAY_LIMIT_MS && high <= ms + DELAY_LIMIT_MS,
    };
  };
};

const spreadOf = (ms: number): Row['find'] => {
  return ({ delaysMs }) => {
    const came = delaysMs.filter((value) => !Number.isNaN(value));
    const mean = came.reduce((sum, value) => sum + value, 0) / came.length;
    const deviation = Math.sqrt(came.reduce((sum, value) => sum + (value - mean) ** 2, 0) / came.length);
    return { value: `${deviation.toFixed(2)} ms`, limit: `${ms} ± 0.5 ms`, holds: Math.abs(deviation - ms) <= 0.5 };
  };
};

const BURST = { toBad: 0.01, toGood: 0.3, lossInBad: 1, lossInGood: 0 };
const ROWS: readonly Row[] = [
  ...[10, 50, 250].map((ms): Row => ({ asked: `delay ${ms} ms`, impairment: { delayMs: ms }, find: delay(ms) })),
  {
    asked: 'delay 60 ms, normal with 5 ms',
    impairment: { delayMs: 60, jitterMs: 5, jitterShape: 'normal', mayOvertake: true },
    find: spreadOf(5),
  },
  ...[0.01, 0.05, 0.2].map(
    (ratio): Row => ({
      asked: `loss ${100 * ratio} %`,
      impairment: { lossRatio: ratio },
      find: share(lost, ratio),
    }),
  ),
  {
    asked: 'loss in bursts of 3.3, each 100',
    impairment: { burstLoss: BURST },
    find: (flow) => {
      // Packets of a burst share their fate: the share spreads as if there were as many fewer.
      const ratio = expectedLoss(BURST);
      const correlated = (2 - BURST.toBad - BURST.toGood) / (BURST.toBad + BURST.toGood);
      const limit = SIGMAS * Math.sqrt((ratio * (1 - ratio) * correlated) / COUNT);
      const value = lost(flow);
      return {
        value: `${(100 * value).toFixed(2)} %`,
        limit: `${(100 * ratio).toFixed(2)} ± ${(100 * limit).toFixed(2)} % (99.9 %)`,
        holds: Math.abs(value - ratio) <= limit,
      };
    },
  },
  {
    asked: 'duplicates 2 %',
    impairment: { duplicateRatio: 0.02 },
    find: share(({ duplicates }) => duplicates / COUNT, 0.02),
  },
  {
    asked: 'one bit turned in 2 %',
    impairment: { corruptRatio: 0.02 },
    find: share(({ spoilt }) => spoilt / COUNT, 0.02),
  },
  {
    asked: '2 % overtake 20 ms',
    impairment: { delayMs: 20, reorderRatio: 0.02 },
    find: share(({ overtaken }) => overtaken / COUNT, 0.02),
  },
  {
    asked: 'rate 1 Mbit/s, 20 KB of queue',
    impairment: { rateBps: 1e6, queueBytes: 20_000 },
    find: ({ received, lastedMs }) => {
      const bps = (received * (BYTES + 28) * 8) / (lastedMs / 1000);
      return {
        value: `${(bps / 1e6).toFixed(3)} Mbit/s`,
        limit: '1 ± 0.02 Mbit/s',
        holds: Math.abs(bps / 1e6 - 1) <= 0.02,
      };
    },
  },
  {
    asked: 'out for 100 ms of each second',
    impairment: { outage: { everyMs: 1000, lengthMs: 100 } },
    find: (flow) => ({
      value: `${(100 * lost(flow)).toFixed(2)} %`,
      limit: '10 ± 0.5 %',
      holds: Math.abs(lost(flow) - 0.1) <= 0.005,
    }),
  },
];

await using stack = new AsyncDisposableStack();
const child = stack.adopt(
  fork(new URL('./impairment/wire-process.ts', import.meta.url)),
  async (open) => void open.kill(),
);
const [source, sink] = [await openSocket(), await openSocket()];
const describe = (socket: Socket): string =>
  `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${socket.address().port} RTP/AVP 0\r\n`;
await ask({ ask: 'local', sdp: describe(source) });
const { sdp } = (await ask({ ask: 'remote', sdp: describe(sink) })) as { sdp: string };
const throughWire = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);

await flow(throughWire, {});
const machine = await flow(throughWire, {});
const machineMs = percentile(machine.delaysMs, 0.5);
const results: (Finding & { readonly asked: string; readonly cpu: number })[] = [
  {
    asked: 'nothing',
    value: `${machineMs.toFixed(2)} ms`,
    limit: 'the machine’s own, taken off below',
    holds: lost(machine) === 0,
    cpu: machine.cpu,
  },
];
for (const { asked, impairment, find } of ROWS) {
  const measured = await flow(throughWire, impairment);
  results.push({ asked, ...find(measured, machineMs), cpu: measured.cpu });
}
const dearest = results.reduce((most, result) => (result.cpu > most.cpu ? result : most));
if (process.argv.includes('--json')) console.log(JSON.stringify(results, null, 2));
else {
  for (const { asked, value, limit, holds, cpu } of results) {
    const columns = [asked.padEnd(32), value.padEnd(40), limit.padEnd(40), percent(cpu)];
    console.log(`${holds ? 'holds ' : 'MISSED'} ${columns.join(' ')}`);
  }
  const verdict = machine.cpu <= CPU_LIMIT ? 'holds ' : 'MISSED';
  console.log(
    `${verdict} a relay takes ${percent(machine.cpu)} of a core at ${PACKETS_PER_S} packets/s (goal: ${percent(CPU_LIMIT)}); the dearest row, ${dearest.asked}: ${percent(dearest.cpu)}`,
  );
}
process.exitCode = results.every(({ holds }) => holds) && machine.cpu <= CPU_LIMIT ? 0 : 1;

function percent(ratio: number): string {
  return `${(100 * ratio).toFixed(1)} %`;
}

async function openSocket(): Promise<Socket> {
  const socket = stack.adopt(createSocket('udp4'), async (open) => void open.close());
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(2 ** 21);
  return socket;
}

async function ask(request: WireRequest): Promise<WireAnswer> {
  child.send(request);
  const [answer] = (await once(child, 'message')) as [WireAnswer];
  return answer;
}

async function cpuMs(): Promise<number> {
  return ((await ask({ ask: 'cpu' })) as { cpuMs: number }).cpuMs;
}

/** Sends so many numbered packets and looks at what comes. Each carries when it was sent. */
async function flow(port: number, impairment: Impairment): Promise<Flow> {
  await ask({ ask: 'network', network: { sent: impairment } });
  const delaysMs = new Float64Array(COUNT).fill(Number.NaN);
  let [received, duplicates, overtaken, spoilt, highest, firstUs, lastUs] = [0, 0, 0, 0, -1, 0, 0];
  const onPacket = (packet: Buffer): void => {
    const nowUs = hostClock.nowUs();
    received++;
    if (firstUs === 0) firstUs = nowUs;
    lastUs = nowUs;
    const number = packet.readUInt32BE(0);
    // What is spoilt may be the number itself: each packet has it twice, and its complement.
    if (number !== packet.readUInt32BE(12) || packet.subarray(16).some((byte) => byte !== 0x55)) {
      spoilt++;
      return;
    }
    if (!Number.isNaN(delaysMs[number])) {
      duplicates++;
      return;
    }
    delaysMs[number] = (nowUs - Number(packet.readBigUInt64BE(4))) / 1000;
    if (number > highest + 1 && highest >= 0 && impairment.reorderRatio) overtaken++;
    highest = Math.max(highest, number);
  };
  sink.on('message', onPacket);
  const before = await cpuMs();
  const startUs = hostClock.nowUs();
  for (let number = 0; number < COUNT; ) {
    const due = Math.floor(((hostClock.nowUs() - startUs) * PACKETS_PER_S) / 1e6);
    for (; number < Math.min(due, COUNT); number++) source.send(packetOf(number), port, '127.0.0.1');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const cpu = ((await cpuMs()) - before) / (SECONDS * 1000);
  await new Promise((resolve) => setTimeout(resolve, 700));
  sink.off('message', onPacket);
  return { delaysMs, received, duplicates, overtaken, spoilt, lastedMs: (lastUs - firstUs) / 1000, cpu };
}

function packetOf(number: number): Buffer {
  const packet = Buffer.alloc(BYTES, 0x55);
  packet.writeUInt32BE(number, 0);
  packet.writeBigUInt64BE(BigInt(hostClock.nowUs()), 4);
  packet.writeUInt32BE(number, 12);
  return packet;
}
