import { createSocket, type Socket } from 'node:dgram';
import { hostClock, leaseUdpPorts } from '@plugfest/host';
import type { Random } from '@plugfest/model';
import {
  formatRtp,
  packetizeH264,
  parseRtcpCompound,
  parseRtp,
  type RtpPacket,
  type RtpPayload,
  RtpSenderStream,
} from '@plugfest/rtp';
import { UserAgent } from '@plugfest/sip-node';
import { type CodedPictures, TICKS_PER_SECOND } from './participant-media.ts';

export interface FeederOptions {
  readonly name: string;
  /** The conference's address. */
  readonly target: string;
  readonly random: Random;
  readonly pictures: CodedPictures;
  /** A second of 20 ms payloads. */
  readonly sound: readonly Uint8Array[];
  /** When a unit's last packet, or a payload, had been handed to the system. */
  readonly onSent?: (kind: 'audio' | 'video', number: number, atUs: number) => void;
  readonly onPacket?: (kind: 'audio' | 'video', packet: RtpPacket, atUs: number) => void;
}

/** Level 3.1: 720p at 30 pictures a second. */
const PROFILE_LEVEL_ID = '42e01f';

/** One participant of a benchmark: a SIP call that sends coded media from memory at its pace, and counts the pictures that come back. */
export class Feeder implements AsyncDisposable {
  pictures = 0;
  readonly #resources: AsyncDisposableStack;
  #isKeyFrameDue = false;

  private constructor(resources: AsyncDisposableStack) {
    this.#resources = resources;
  }

  /** @throws where the bridge refuses the call */
  static async open(options: FeederOptions): Promise<Feeder> {
    await using opening = new AsyncDisposableStack();
    const { ports } = opening.use(await leaseUdpPorts({ count: 4, consecutive: true }));
    const [audioPort = 0, , videoPort = 0] = ports;
    const [audio, video] = [await bound(audioPort, opening), await bound(videoPort, opening)];
    const feedback = await bound(videoPort + 1, opening);
    const call = await answeredCall(options, offerOf(audioPort, videoPort), opening);
    const [farAudio = 0, farVideo = 0] = [...call.matchAll(/^m=\S+ (\d+)/gm)].map(([, port]) => Number(port));
    const feeder = new Feeder(opening.move());
    feeder.#listen('audio', audio, options);
    feeder.#listen('video', video, options);
    feedback.on('message', (bytes) => feeder.#obey(bytes));
    feeder.#feed(options, { audio, farAudio, video, farVideo });
    return feeder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #listen(kind: 'audio' | 'video', socket: Socket, { onPacket }: FeederOptions): void {
    socket.on('message', (bytes) => {
      const atUs = hostClock.nowUs();
      const packet = parseRtp(bytes);
      if (!packet.ok) return;
      if (kind === 'video' && packet.value.marker) this.pictures++;
      onPacket?.(kind, packet.value, atUs);
    });
  }

  /** Who asks for a key frame is sent the first picture next, which is one. */
  #obey(bytes: Uint8Array): void {
    const compound = parseRtcpCompound(bytes);
    if (compound.ok && compound.value.some(({ type }) => type === 'picture-loss-indication'))
      this.#isKeyFrameDue = true;
  }

  #feed({ name, random, pictures, sound, onSent }: FeederOptions, ways: Ways): void {
    const stream = (payloadType: number, clockRateHz: number): RtpSenderStream =>
      new RtpSenderStream({ ssrc: random.uint32(), payloadType, clockRateHz, cname: name, random });
    const [videoStream, audioStream] = [stream(97, 90_000), stream(111, 48_000)];
    const { units, frameRate } = pictures;
    let first = 0;
    this.#resources.defer(
      pace(frameRate, (n, ptsUs) => {
        if (this.#isKeyFrameDue) first = n;
        this.#isKeyFrameDue = false;
        const payloads = packetizeH264(units[(n - first) % units.length] as Buffer, { packetizationMode: 1 });
        send(ways.video, ways.farVideo, videoStream, payloads, ptsUs);
        onSent?.('video', n, hostClock.nowUs());
      }),
    );
    this.#resources.defer(
      pace(TICKS_PER_SECOND, (n, ptsUs) => {
        const payload = sound[n % sound.length] as Uint8Array;
        send(ways.audio, ways.farAudio, audioStream, [{ payload, marker: false }], ptsUs);
        onSent?.('audio', n, hostClock.nowUs());
      }),
    );
  }
}

interface Ways {
  readonly audio: Socket;
  readonly farAudio: number;
  readonly video: Socket;
  readonly farVideo: number;
}

/** The answer's SDP. */
async function answeredCall(
  { name, target, random }: FeederOptions,
  offer: string,
  resources: AsyncDisposableStack,
): Promise<string> {
  const agent = await UserAgent.open({
    clock: hostClock,
    random: random.fork('sip'),
    listen: [{ transport: 'udp', host: '127.0.0.1' }],
    aor: `sip:${name}@bench.example`,
    displayName: name,
    userAgentHeader: 'density',
  });
  resources.defer(() => agent.close());
  const { ok, response } = await agent.invite(target, { body: Buffer.from(offer) }).answered;
  if (!ok) throw new Error(`the bridge refused: ${response.statusCode}`);
  return Buffer.from(response.body).toString();
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

function offerOf(audioPort: number, videoPort: number): string {
  return `${[
    ...['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...[`m=audio ${audioPort} RTP/AVP 111`, 'a=rtpmap:111 opus/48000/2'],
    ...[`m=video ${videoPort} RTP/AVPF 97`, 'a=rtpmap:97 H264/90000'],
    ...[`a=fmtp:97 packetization-mode=1;profile-level-id=${PROFILE_LEVEL_ID}`, 'a=rtcp-fb:97 nack pli'],
  ].join('\r\n')}\r\n`;
}
