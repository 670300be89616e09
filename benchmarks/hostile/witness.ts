import { connect } from 'node:net';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import type { RtpPacket } from '@plugfest/rtp';
import { UserAgent } from '@plugfest/sip-node';
import { ScriptedPeer } from '../../packages/bridge/src/scripted-peer-fixture.ts';

const HOST = '127.0.0.1';
const SAMPLE_MS = 5;
const PROBE_MS = 100;
/** A probe without an answer counts as long as this. */
const GIVE_UP_MS = 5000;

/** What one stream was like at the receiver. */
export interface StreamReport {
  readonly packets: number;
  /** By sequence number, between the first and the last that came. */
  readonly lost: number;
  readonly maxGapMs: number;
}

/** Looks at the packets of one stream as they come in. */
class StreamWatch {
  readonly #packets: readonly RtpPacket[];
  readonly #from: number;
  #seen: number;
  #lastMs = performance.now();
  #maxGapMs = 0;

  constructor(packets: readonly RtpPacket[]) {
    this.#packets = packets;
    this.#from = packets.length;
    this.#seen = packets.length;
  }

  look(): void {
    const nowMs = performance.now();
    if (this.#packets.length > this.#seen) {
      this.#maxGapMs = Math.max(this.#maxGapMs, nowMs - this.#lastMs);
      this.#lastMs = nowMs;
      this.#seen = this.#packets.length;
    }
  }

  report(): StreamReport {
    const numbers = new Set(this.#packets.slice(this.#from).map(({ sequenceNumber }) => sequenceNumber));
    const first = this.#packets[this.#from]?.sequenceNumber ?? 0;
    const last = this.#packets.at(-1)?.sequenceNumber ?? 0;
    const expected = numbers.size === 0 ? 0 : ((last - first) & 0xffff) + 1;
    const gapMs = Math.max(this.#maxGapMs, performance.now() - this.#lastMs);
    return { packets: numbers.size, lost: expected - numbers.size, maxGapMs: Math.round(gapMs) };
  }
}

/** Two good callers in one conference who see and hear each other, and somebody who keeps asking the bridge whether it is there. */
export class Witness implements AsyncDisposable {
  readonly peers: readonly ScriptedPeer[];
  readonly #agent: UserAgent;
  readonly #target: string;
  readonly #tcpPort: number;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    peers: readonly ScriptedPeer[],
    agent: UserAgent,
    target: string,
    tcpPort: number,
    resources: AsyncDisposableStack,
  ) {
    this.peers = peers;
    this.#agent = agent;
    this.#target = target;
    this.#tcpPort = tcpPort;
    this.#resources = resources;
  }

  static async open(target: string, tcpPort: number): Promise<Witness> {
    const resources = new AsyncDisposableStack();
    const agent = resources.use(await openAgent());
    const peers: ScriptedPeer[] = [];
    for (const [name, grey, toneHz] of [
      ['Anna', 60, 400],
      ['Ben', 200, 1000],
    ] as const) {
      const { peer, statusCode } = resources.use(await ScriptedPeer.call({ name, target }));
      if (statusCode !== 200) throw new Error(`${name} was answered ${statusCode}`);
      peer.live(grey, toneHz);
      peers.push(peer);
    }
    return new Witness(peers, agent, target, tcpPort, resources);
  }

  /** What the two get, and how fast the bridge answers, for so long. */
  async watch(durationMs: number): Promise<Watched> {
    const streams = this.peers.flatMap(({ packets }) => [
      new StreamWatch(packets.audio),
      new StreamWatch(packets.video),
    ]);
    const look = setInterval(() => {
      for (const stream of streams) stream.look();
    }, SAMPLE_MS);
    const probes: Promise<readonly [string, number]>[] = [];
    const probe = setInterval(() => {
      probes.push(this.#askByUdp().then((tookMs) => ['udp', tookMs] as const));
      probes.push(askByTcp(this.#tcpPort).then((tookMs) => ['tcp', tookMs] as const));
    }, PROBE_MS);
    await new Promise((resolve) => setTimeout(resolve, durationMs));
    clearInterval(probe);
    const answersMs: Record<string, number[]> = { udp: [], tcp: [] };
    const reports = streams.map((stream) => stream.report());
    for (const [transport, tookMs] of await Promise.all(probes)) answersMs[transport]?.push(tookMs);
    clearInterval(look);
    const [annaAudio, annaVideo, benAudio, benVideo] = reports as [
      StreamReport,
      StreamReport,
      StreamReport,
      StreamReport,
    ];
    return { audio: [annaAudio, benAudio], video: [annaVideo, benVideo], answersMs, isUp: this.isUp };
  }

  get isUp(): boolean {
    return this.peers.every(({ call }) => call.state === 'established');
  }

  /** Somebody else calls, speaks and is heard for so long; resolves with how long the answer took. */
  async newcomer(): Promise<{
    readonly statusCode: number;
    readonly answeredMs: number;
    readonly firstMediaMs: number;
  }> {
    const sinceMs = performance.now();
    await using answered = await ScriptedPeer.call({ name: 'Cora', target: this.#target });
    const answeredMs = performance.now() - sinceMs;
    answered.peer.live(120, 700);
    while (performance.now() - sinceMs < GIVE_UP_MS && answered.peer.packets.video.length === 0)
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    return { statusCode: answered.statusCode, answeredMs, firstMediaMs: performance.now() - sinceMs };
  }

  async #askByUdp(): Promise<number> {
    const sinceMs = performance.now();
    const { statusCode } = await this.#agent.request('OPTIONS', `sip:${this.#target}`);
    return statusCode === 200 ? performance.now() - sinceMs : GIVE_UP_MS;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

export interface Watched {
  readonly audio: readonly [StreamReport, StreamReport];
  readonly video: readonly [StreamReport, StreamReport];
  /** By transport: a probe that nobody answered as 5,000. */
  readonly answersMs: Readonly<Record<string, readonly number[]>>;
  readonly isUp: boolean;
}

function openAgent(): Promise<UserAgent> {
  return UserAgent.open({
    clock: hostClock,
    random: seededRandom(99),
    aor: 'sip:probe@test.example',
    userAgentHeader: 'probe',
    listen: [{ transport: 'udp', host: HOST }],
  });
}

let asked = 0;

/** A new connection each time: whether there is room is part of the question. */
function askByTcp(port: number): Promise<number> {
  const sinceMs = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const end = (tookMs: number): void => {
      clearTimeout(timeout);
      resolve(tookMs);
      socket.destroy();
    };
    const timeout = setTimeout(() => end(GIVE_UP_MS), GIVE_UP_MS);
    socket.on('error', () => end(GIVE_UP_MS));
    socket.on('close', () => end(GIVE_UP_MS));
    socket.once('data', () => end(performance.now() - sinceMs));
    const id = ++asked;
    socket.write(
      `OPTIONS sip:x@${HOST} SIP/2.0\r\nVia: SIP/2.0/TCP ${HOST}:9;branch=z9hG4bKprobe${id};rport\r\nMax-Forwards: 70\r\nFrom: <sip:p@p.example>;tag=${id}\r\nTo: <sip:x@x.example>\r\nCall-ID: probe-${id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`,
    );
  });
}
