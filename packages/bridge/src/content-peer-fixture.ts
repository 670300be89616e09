import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { BfcpConnection, BfcpStreamFramer, FloorParticipant, type RequestProgress } from '@plugfest/bfcp';
import { hostClock, leaseUdpPorts } from '@plugfest/host';
import { VideoDecoder, VideoEncoder } from '@plugfest/media';
import { seededRandom, type VideoFrame } from '@plugfest/model';
import { formatRtp, H264Depacketizer, packetizeH264, parseRtp, type RtpPacket, RtpSenderStream } from '@plugfest/rtp';
import { ScriptedPeer } from './scripted-peer-fixture.ts';

export interface ContentPeerOptions {
  readonly name: string;
  readonly target: string;
  /** How it asks for the floor; absent: it has no floor control. */
  readonly bfcp?: 'UDP/BFCP' | 'TCP/BFCP';
  /** Over TCP: whether it opens the connection or waits for it. */
  readonly setup?: 'active' | 'passive';
}

const H264 = 98;
const WIDTH = 320;
const HEIGHT = 240;

/** For tests: a room with a second video stream for slides, and floor control. */
export class ContentPeer implements AsyncDisposable {
  readonly peer: ScriptedPeer;
  /** Of the bridge's second stream. */
  readonly packets: RtpPacket[] = [];
  readonly progress: RequestProgress[] = [];
  /** All that came over BFCP, as it came. */
  readonly received: Buffer[] = [];
  #floor: FloorParticipant | undefined;
  readonly #slides: UdpSocket;
  readonly #stream = new RtpSenderStream({
    ssrc: 77,
    payloadType: H264,
    clockRateHz: 90_000,
    cname: 'slides',
    random: seededRandom(5),
  });
  readonly #encoder = VideoEncoder.open({
    codec: 'h264',
    width: WIDTH,
    height: HEIGHT,
    frameRate: 10,
    bitrateBps: 200_000,
  });
  readonly #main = new Eye();
  readonly #second = new Eye();
  readonly #resources: AsyncDisposableStack;

  private constructor(peer: ScriptedPeer, slides: UdpSocket, resources: AsyncDisposableStack) {
    this.peer = peer;
    this.#slides = slides;
    this.#resources = resources;
    slides.on('message', (bytes) => {
      const packet = parseRtp(bytes);
      if (packet.ok) this.packets.push(packet.value);
    });
  }

  static async open({ name, target, bfcp, setup = 'active' }: ContentPeerOptions): Promise<ContentPeer> {
    await using opening = new AsyncDisposableStack();
    const { ports } = opening.use(await leaseUdpPorts({ count: 4, consecutive: true }));
    const bind = async (port: number | undefined): Promise<UdpSocket> => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
      opening.defer(() => new Promise((resolve) => socket.close(() => resolve())));
      return socket;
    };
    const slides = await bind(ports[0]);
    const datagrams = bfcp === 'UDP/BFCP' ? await bind(ports[2]) : undefined;
    const server = bfcp === 'TCP/BFCP' && setup === 'passive' ? createServer() : undefined;
    if (server) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      opening.defer(() => void server.close());
    }
    const listening = (server?.address() as { port: number } | undefined)?.port;
    const moreLines = linesOf(ports[0] ?? 0, bfcp, listening ?? ports[2] ?? 0, setup);
    const { peer } = await ScriptedPeer.call({ name, target, moreLines });
    opening.use(peer);
    const content = new ContentPeer(peer, slides, opening.move());
    if (datagrams) content.#speakOver(datagrams);
    else if (bfcp) content.#speakOn(server ? ((await once(server, 'connection'))[0] as Socket) : content.#dial());
    return content;
  }

  get floor(): FloorParticipant {
    if (!this.#floor) throw new Error('this peer has no floor control');
    return this.#floor;
  }

  /** Ports of the answer's m-lines of slides and of floor control. */
  get farPorts(): readonly number[] {
    return [...this.peer.answer.matchAll(/^m=\S+ (\d+)/gm)].slice(2).map(([, port]) => Number(port));
  }

  /** Shows a grey 4:3 slide at real pace until the peer is disposed. */
  present(grey: number): void {
    let count = 0;
    const timer = setInterval(() => this.#show(grey, count++ % 10 === 0), 100);
    this.#resources.defer(() => clearInterval(timer));
  }

  /** Luma of the newest picture of the bridge's second stream at fractions of it; -1 before there is one. */
  lumaAt(x: number, y: number): number {
    return this.#second.lumaAt(this.packets, x, y);
  }

  /** The same of the main stream. */
  mainLumaAt(x: number, y: number): number {
    return this.#main.lumaAt(this.peer.packets.video, x, y);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
    this.#encoder.close();
    this.#main.close();
    this.#second.close();
  }

  #show(grey: number, keyFrame: boolean): void {
    const data = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128).fill(grey, 0, WIDTH * HEIGHT);
    const ptsUs = hostClock.nowUs();
    for (const coded of this.#encoder.encode({ width: WIDTH, height: HEIGHT, data, ptsUs }, { keyFrame })) {
      const payloads = packetizeH264(coded.data, { packetizationMode: 1 });
      for (const packet of this.#stream.packets(payloads, ptsUs)) {
        this.#slides.send(formatRtp(packet), this.farPorts[0], '127.0.0.1');
      }
    }
  }

  #dial(): Socket {
    return connect({ host: '127.0.0.1', port: this.farPorts[1] ?? 0 });
  }

  #speakOver(socket: UdpSocket): void {
    const connection = this.#speak(2, (bytes) => socket.send(bytes, this.farPorts[1], '127.0.0.1'));
    socket.on('message', (bytes) => {
      this.received.push(bytes);
      connection.receive(bytes);
    });
  }

  #speakOn(socket: Socket): void {
    const framer = new BfcpStreamFramer();
    const connection = this.#speak(1, (bytes) => void socket.write(bytes));
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      this.received.push(bytes);
      const messages = framer.push(bytes);
      if (messages.ok) for (const message of messages.value) connection.receive(message);
    });
    this.#resources.defer(() => void socket.destroy());
  }

  #speak(version: 1 | 2, send: (bytes: Uint8Array) => void): BfcpConnection {
    const connection: BfcpConnection = new BfcpConnection({
      clock: hostClock,
      role: 'participant',
      version,
      send,
      onMessage: (message) => floor.receive(message),
    });
    const [conferenceId, userId] = ['confid', 'userid'].map((name) =>
      Number(new RegExp(`^a=${name}:(\\d+)`, 'm').exec(this.peer.answer)?.[1]),
    ) as [number, number];
    const onProgress = (progress: RequestProgress): void => void this.progress.push(progress);
    const floor = new FloorParticipant(connection, { conferenceId, userId, onProgress });
    this.#floor = floor;
    this.#resources.defer(() => connection.close());
    return connection;
  }
}

/** Decodes a stream as far as it came. */
class Eye {
  readonly #decoder = VideoDecoder.open({ codec: 'h264' });
  readonly #depacketizer = new H264Depacketizer();
  #looked = 0;
  #picture: VideoFrame | undefined;

  lumaAt(packets: readonly RtpPacket[], x: number, y: number): number {
    for (const packet of packets.slice(this.#looked)) {
      this.#looked++;
      for (const { data } of this.#depacketizer.push(packet)) {
        for (const picture of this.#decoder.decode(data, 0)) {
          this.#picture = picture.toFrame();
          picture.release();
        }
      }
    }
    const { data, width, height } = this.#picture ?? { data: [], width: 0, height: 0 };
    return data[Math.floor(y * height) * width + Math.floor(x * width)] ?? -1;
  }

  close(): void {
    this.#decoder.close();
  }
}

function linesOf(slides: number, bfcp: ContentPeerOptions['bfcp'], port: number, setup: string): string[] {
  const video = [
    ...[`m=video ${slides} RTP/AVPF ${H264}`, `a=rtpmap:${H264} H264/90000`],
    ...[`a=fmtp:${H264} packetization-mode=1;profile-level-id=42e01f`, `a=rtcp-fb:${H264} nack pli`],
    ...['a=content:slides', 'a=label:12', 'a=sendrecv'],
  ];
  if (bfcp === undefined) return video;
  const tcp = bfcp === 'TCP/BFCP' ? [`a=setup:${setup}`, 'a=connection:new'] : [];
  return [
    ...video,
    `m=application ${tcp.length > 0 && setup === 'active' ? 9 : port} ${bfcp} *`,
    'a=floorctrl:c-s',
    ...tcp,
  ];
}
