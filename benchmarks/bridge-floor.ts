/**
 * What the bridge costs against what its codec work costs in bare FFmpeg: its CPU time over some seconds of a conference of four, fed and
 * listened to by this process, divided by the same decodes, scales and encodes done barely (see mcu-floor.ts).
 *
 *     node benchmarks/bridge-floor.ts [--json]
 */
import { createSocket, type Socket } from 'node:dgram';
import { BridgeProcess } from '@plugfest/bridge';
import { hostClock, leaseUdpPorts } from '@plugfest/host';
import { AudioDecoder, AudioEncoder } from '@plugfest/media';
import { type AudioChunk, type Random, seededRandom } from '@plugfest/model';
import { formatRtp, packetizeH264, parseRtp, type RtpPayload, RtpSenderStream } from '@plugfest/rtp';
import { UserAgent } from '@plugfest/sip-node';
import { encodePortrait, type McuFloorOptions, measureMcuFloor } from './mcu-floor.ts';

const OPTIONS: Required<McuFloorOptions> = {
  participants: 4,
  width: 640,
  height: 360,
  frameRate: 15,
  sentBitrateBps: 600_000,
  viewBitrateBps: 600_000,
  seconds: 10,
};
/** Until the just-in-time compiler has come to rest. */
const WARM_UP_S = 6;
const TICKS_PER_SECOND = 50;

/** All in CPU-seconds for a second of conference. */
export interface BridgeFloor {
  readonly bridge: number;
  /** Decodes, scales and encodes of pictures. */
  readonly floorVideo: number;
  /** Decodes and encodes of Opus. */
  readonly floorAudio: number;
  readonly ratio: number;
  /** Where the bridge's time went, by its own account. */
  readonly stages: Record<string, number>;
  /** What the feeders were sent, pictures a second each: a bridge that does not keep up would look cheap. */
  readonly picturesPerSecond: readonly number[];
}

/** Measures once. */
export async function measureBridgeFloor(): Promise<BridgeFloor> {
  const floor = await measureMcuFloor(OPTIONS);
  const floorAudio = audioFloor();
  await using bridge = await BridgeProcess.start({
    conference: { layout: 'equal-2x2', ...sizeOf(OPTIONS), bitrateBps: OPTIONS.viewBitrateBps },
  });
  await using feeders = new AsyncDisposableStack();
  const random = seededRandom(1);
  const all = await Promise.all(
    Array.from({ length: OPTIONS.participants }, async (_, look) =>
      feeders.use(await Feeder.open(look, bridge.addresses.udp, random.fork(`feeder ${look}`))),
    ),
  );
  await pause(WARM_UP_S);
  const before = await statistics(bridge.controlUrl);
  const shownBefore = all.map(({ pictures }) => pictures);
  await pause(OPTIONS.seconds);
  const after = await statistics(bridge.controlUrl);
  const perSecond = (ms: number): number => ms / 1000 / ((after.uptimeMs - before.uptimeMs) / 1000);
  const bridgeCost = perSecond(after.cpuMs - before.cpuMs);
  return {
    bridge: bridgeCost,
    floorVideo: floor.cpuPerMediaSecond,
    floorAudio,
    ratio: bridgeCost / (floor.cpuPerMediaSecond + floorAudio),
    stages: Object.fromEntries(
      Object.entries(after.stagesMs).map(([stage, ms]) => [stage, perSecond(ms - (before.stagesMs[stage] ?? 0))]),
    ),
    picturesPerSecond: all.map(({ pictures }, n) => (pictures - (shownBefore[n] ?? 0)) / OPTIONS.seconds),
  };
}

interface Statistics {
  readonly cpuMs: number;
  readonly uptimeMs: number;
  readonly stagesMs: Readonly<Record<string, number>>;
}

async function statistics(controlUrl: string): Promise<Statistics> {
  return (await (await fetch(`${controlUrl}/statistics`)).json()) as Statistics;
}

/** One participant: sends a portrait and a hum, counts the pictures that come back. */
class Feeder implements AsyncDisposable {
  pictures = 0;
  readonly #resources: AsyncDisposableStack;

  private constructor(resources: AsyncDisposableStack) {
    this.#resources = resources;
  }

  static async open(look: number, target: string, random: Random): Promise<Feeder> {
    const resources = new AsyncDisposableStack();
    const feeder = new Feeder(resources);
    const { ports } = resources.use(await leaseUdpPorts({ count: 4, consecutive: true }));
    const [audioPort = 0, , videoPort = 0] = ports;
    const [audio, video] = [await bound(audioPort, resources), await bound(videoPort, resources)];
    video.on('message', (bytes) => {
      const packet = parseRtp(bytes);
      if (packet.ok && packet.value.marker) feeder.pictures++;
    });
    const agent = resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: random.fork('sip'),
        listen: [{ transport: 'udp', host: '127.0.0.1' }],
        aor: `sip:feeder${look}@bench.example`,
        displayName: `Feeder ${look + 1}`,
        userAgentHeader: 'bridge-floor',
      }),
    );
    const call = agent.invite(`sip:bench@${target}`, { body: Buffer.from(offerOf(audioPort, videoPort)) });
    const { ok, response } = await call.answered;
    if (!ok) throw new Error(`the bridge refused: ${response.statusCode}`);
    const answer = Buffer.from(response.body).toString();
    const [farAudio = 0, farVideo = 0] = [...answer.matchAll(/^m=\S+ (\d+)/gm)].map(([, port]) => Number(port));
    const stream = (payloadType: number, clockRateHz: number): RtpSenderStream =>
      new RtpSenderStream({ ssrc: random.uint32(), payloadType, clockRateHz, cname: `feeder${look}`, random });
    const units = encodePortrait(look, OPTIONS);
    resources.defer(
      pace(OPTIONS.frameRate, (n, ptsUs) => {
        const unit = units[n % units.length] as Buffer;
        send(video, farVideo, videoStream, packetizeH264(unit, { packetizationMode: 1 }), ptsUs);
      }),
    );
    const hum = encodeHum(look);
    resources.defer(
      pace(TICKS_PER_SECOND, (n, ptsUs) => {
        const payload = hum[n % hum.length] as Uint8Array;
        send(audio, farAudio, audioStream, [{ payload, marker: false }], ptsUs);
      }),
    );
    const [videoStream, audioStream] = [stream(97, 90_000), stream(111, 48_000)];
    return feeder;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

async function bound(port: number, resources: AsyncDisposableStack): Promise<Socket> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  resources.defer(() => new Promise((resolve) => socket.close(() => resolve())));
  return socket;
}

function send(
  socket: Socket,
  port: number,
  stream: RtpSenderStream,
  payloads: readonly RtpPayload[],
  ptsUs: number,
): void {
  for (const packet of stream.packets(payloads, ptsUs)) socket.send(formatRtp(packet), port, '127.0.0.1');
}

/** Calls at a rate without drift; returns what ends it. */
function pace(rate: number, run: (n: number, ptsUs: number) => void): () => void {
  const startUs = hostClock.nowUs();
  let n = 0;
  const timer = setInterval(() => {
    for (; (hostClock.nowUs() - startUs) * rate >= n * 1e6; n++) run(n, startUs + Math.round((n * 1e6) / rate));
  }, 5);
  return () => clearInterval(timer);
}

/** A second of a voice-like sound. */
function humOf(look: number): AudioChunk[] {
  return Array.from({ length: TICKS_PER_SECOND }, (_, tick) => ({
    samples: Int16Array.from({ length: 960 }, (_, at) => {
      const time = (tick * 960 + at) / 48_000;
      const syllable = Math.max(0, Math.sin(2 * Math.PI * 4 * time));
      return 5000 * syllable * Math.sin(2 * Math.PI * (150 + 40 * look) * time);
    }),
    sampleRateHz: 48_000,
    channels: 1,
    ptsUs: tick * 20_000,
  }));
}

function encodeHum(look: number): Uint8Array[] {
  using encoder = AudioEncoder.open({ codec: 'opus' });
  return humOf(look).flatMap((chunk) => encoder.encode(chunk));
}

/** Opus in and out for each participant. */
function audioFloor(): number {
  const chunks = humOf(0);
  const payloads = encodeHum(0);
  using encoder = AudioEncoder.open({ codec: 'opus' });
  using decoder = AudioDecoder.open({ codec: 'opus' });
  const before = process.cpuUsage();
  for (let second = 0; second < OPTIONS.seconds; second++) {
    for (const payload of payloads) decoder.decode(payload, 0);
    for (const chunk of chunks) encoder.encode(chunk);
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6 / OPTIONS.seconds) * OPTIONS.participants;
}

function offerOf(audioPort: number, videoPort: number): string {
  return `${[
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${audioPort} RTP/AVP 111`, 'a=rtpmap:111 opus/48000/2'],
    ...[`m=video ${videoPort} RTP/AVPF 97`, 'a=rtpmap:97 H264/90000'],
    ...['a=fmtp:97 packetization-mode=1;profile-level-id=42e01f', 'a=rtcp-fb:97 nack pli'],
  ].join('\r\n')}\r\n`;
}

function sizeOf({ width, height, frameRate }: Required<McuFloorOptions>) {
  return { width, height, frameRate };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

if (import.meta.main) {
  const result = await measureBridgeFloor();
  if (process.argv.includes('--json')) console.log(JSON.stringify(result));
  else {
    const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;
    const { participants, width, height, frameRate } = OPTIONS;
    console.log(`the bridge, ${participants} participants at ${width}×${height}@${frameRate}, H.264 and Opus,`);
    console.log(`CPU for one second of conference: ${ms(result.bridge)}`);
    const stages = Object.entries(result.stages).map(([stage, seconds]) => `${stage} ${ms(seconds)}`);
    console.log(`  by its own account: ${stages.join(', ')}`);
    console.log(`  bare FFmpeg: pictures ${ms(result.floorVideo)}, sound ${ms(result.floorAudio)}`);
    console.log(`  pictures a second that came: ${result.picturesPerSecond.map((rate) => rate.toFixed(1)).join(', ')}`);
    console.log(`bridge ÷ floor: ${result.ratio.toFixed(2)}`);
  }
}
