import { createSocket, type Socket } from 'node:dgram';
import { hostClock, leaseUdpPorts } from '@plugfest/host';
import { AudioEncoder, VideoEncoder } from '@plugfest/media';
import { seededRandom } from '@plugfest/model';
import {
  formatRtcpCompound,
  formatRtp,
  packetizeH264,
  parseRtcpCompound,
  parseRtp,
  type RtcpPacket,
  type RtpPacket,
  RtpSenderStream,
} from '@plugfest/rtp';
import type { SipHeader, SipResponse } from '@plugfest/sip';
import { type OutgoingSession, UserAgent } from '@plugfest/sip-node';

export interface ScriptedPeerOptions {
  readonly name: string;
  /** `host:port;transport=…` of the bridge. */
  readonly target: string;
  readonly room?: string;
  readonly headers?: readonly SipHeader[];
  /** In place of the usual offer. */
  readonly body?: { readonly contentType: string; readonly text: string };
  /** Sends no offer, and no answer either. */
  readonly isLate?: boolean;
  /** Video lines of the offer in place of the usual; none: sound only. */
  readonly videoLines?: readonly string[];
  /** m-lines behind the usual ones. */
  readonly moreLines?: readonly string[];
}

const PCMU = 0;
const H264 = 97;
const EVENTS = 101;
const VIDEO_LINES = [
  `a=rtpmap:${H264} H264/90000`,
  `a=fmtp:${H264} packetization-mode=1;profile-level-id=42e01f`,
  `a=rtcp-fb:${H264} nack`,
  `a=rtcp-fb:${H264} nack pli`,
  `a=rtcp-fb:${H264} ccm fir`,
];

let seed = 1;

/** For tests: a caller whose every packet is in the test's hand. RTP/AVP, PCMU and H.264. */
export class ScriptedPeer implements AsyncDisposable {
  readonly packets: { readonly audio: RtpPacket[]; readonly video: RtpPacket[] } = { audio: [], video: [] };
  readonly rtcp: RtcpPacket[] = [];
  /** Methods of requests that came within the call. */
  readonly requests: string[] = [];
  readonly call: OutgoingSession;
  readonly audioPort: number;
  readonly videoPort: number;
  answer = '';
  readonly #sockets: Readonly<Record<'audio' | 'video' | 'audioRtcp' | 'videoRtcp', Socket>>;
  readonly #streams: Readonly<Record<'audio' | 'video', RtpSenderStream>>;
  readonly #options: ScriptedPeerOptions;
  readonly #resources: AsyncDisposableStack;
  readonly #sound = AudioEncoder.open({ codec: 'pcmu' });
  readonly #encoder = VideoEncoder.open({ codec: 'h264', width: 320, height: 180, frameRate: 15, bitrateBps: 300_000 });
  #version = 1;

  private constructor(
    options: ScriptedPeerOptions,
    ports: readonly number[],
    sockets: Readonly<Record<'audio' | 'video' | 'audioRtcp' | 'videoRtcp', Socket>>,
    agent: UserAgent,
    resources: AsyncDisposableStack,
  ) {
    this.#options = options;
    [this.audioPort = 0, , this.videoPort = 0] = ports;
    this.#sockets = sockets;
    this.#resources = resources;
    const random = seededRandom(seed++);
    const stream = (payloadType: number, clockRateHz: number): RtpSenderStream =>
      new RtpSenderStream({ ssrc: random.uint32(), payloadType, clockRateHz, cname: options.name, random });
    this.#streams = { audio: stream(PCMU, 8000), video: stream(H264, 90_000) };
    for (const kind of ['audio', 'video'] as const) {
      sockets[kind].on('message', (bytes) => {
        const packet = parseRtp(bytes);
        if (packet.ok) this.packets[kind].push(packet.value);
      });
      sockets[`${kind}Rtcp`].on('message', (bytes) => {
        const compound = parseRtcpCompound(bytes);
        if (compound.ok) this.rtcp.push(...compound.value);
      });
    }
    this.call = agent.invite(`sip:${options.room ?? 'meeting'}@${options.target}`, {
      ...(options.isLate ? {} : { body: Buffer.from(options.body?.text ?? this.offer()) }),
      ...(options.body ? { contentType: options.body.contentType } : {}),
      headers: options.headers ?? [],
    });
    this.call.onInfo = () => {
      this.requests.push('INFO');
      return undefined;
    };
    this.call.onBye = () => this.requests.push('BYE');
  }

  /** Calls; `statusCode` says how that ended. */
  static async call(
    options: ScriptedPeerOptions,
  ): Promise<{ peer: ScriptedPeer; statusCode: number; response: SipResponse } & AsyncDisposable> {
    const resources = new AsyncDisposableStack();
    const { ports } = resources.use(await leaseUdpPorts({ count: 4, consecutive: true }));
    const bind = async (port: number | undefined): Promise<Socket> => {
      const socket = createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
      resources.defer(() => new Promise((resolve) => socket.close(() => resolve())));
      return socket;
    };
    const sockets = {
      audio: await bind(ports[0]),
      audioRtcp: await bind(ports[1]),
      video: await bind(ports[2]),
      videoRtcp: await bind(ports[3]),
    };
    const agent = resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: seededRandom(seed++),
        listen: [{ transport: 'udp', host: '127.0.0.1' }],
        aor: `sip:${options.name.toLowerCase()}@test.example`,
        displayName: options.name,
        userAgentHeader: 'scripted',
        tls: { rejectUnauthorized: false },
      }),
    );
    const peer = new ScriptedPeer(options, ports, sockets, agent, resources);
    const { response } = await peer.call.answered;
    if (options.isLate) peer.call.ack();
    peer.answer = Buffer.from(response.body).toString();
    return {
      peer,
      statusCode: response.statusCode,
      response,
      [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose](),
    };
  }

  offer(direction = 'sendrecv'): string {
    const { videoLines = VIDEO_LINES } = this.#options;
    const formats = videoLines.flatMap((line) => /^a=rtpmap:(\d+)/.exec(line)?.[1] ?? []);
    const video =
      formats.length === 0 ? [] : [`m=video ${this.videoPort} RTP/AVPF ${formats.join(' ')}`, ...videoLines];
    return `${[
      ...['v=0', `o=- 1 ${this.#version++} IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
      ...[`m=audio ${this.audioPort} RTP/AVP ${PCMU} ${EVENTS}`, 'a=rtpmap:0 PCMU/8000'],
      ...[`a=rtpmap:${EVENTS} telephone-event/8000`, `a=${direction}`, ...video],
      ...(video.length > 0 ? [`a=${direction}`] : []),
      ...(this.#options.moreLines ?? []),
    ].join('\r\n')}\r\n`;
  }

  /** Speaks and shows a grey picture at real pace until the peer is disposed. */
  live(grey: number, toneHz: number): void {
    let frame = 0;
    const picture = setInterval(() => this.show(grey, frame++ === 0), 66);
    let tick = 0;
    const sound = setInterval(() => this.speak(toneHz, tick++), 20);
    this.#resources.defer(() => {
      clearInterval(picture);
      clearInterval(sound);
    });
  }

  /** One picture; the packets as they were sent. */
  show(grey: number, keyFrame = false): RtpPacket[] {
    const data = new Uint8Array((320 * 180 * 3) / 2).fill(128).fill(grey, 0, 320 * 180);
    const nowUs = hostClock.nowUs();
    const frames = this.#encoder.encode({ width: 320, height: 180, data, ptsUs: nowUs }, { keyFrame });
    const payloads = frames.flatMap((coded) => packetizeH264(coded.data, { packetizationMode: 1 }));
    const packets = this.#streams.video.packets(payloads, nowUs);
    for (const packet of packets) this.send('video', formatRtp(packet));
    return packets;
  }

  /** Numbers that are given out and never sent. */
  skip(packets: number): void {
    const payload = new Uint8Array(1);
    for (let n = 0; n < packets; n++) this.#streams.video.packets([{ payload, marker: false }], hostClock.nowUs());
  }

  /** Packets of nothing (an H.264 access unit delimiter each) that are numbered but not sent. */
  withhold(packets: number): RtpPacket[] {
    const payloads = Array.from({ length: packets }, () => ({ payload: Uint8Array.of(9, 0xf0), marker: false }));
    return this.#streams.video.packets(payloads, hostClock.nowUs());
  }

  speak(toneHz: number, tick: number): void {
    const at = (n: number): number => (2 * Math.PI * toneHz * (tick * 960 + n)) / 48_000;
    const samples = Int16Array.from({ length: 960 }, (_, n) => 8000 * Math.sin(at(n)));
    for (const payload of this.#sound.encode({ samples, sampleRateHz: 48_000, channels: 1, ptsUs: 0 })) {
      const [packet] = this.#streams.audio.packets([{ payload, marker: false }], tick * 20_000);
      if (packet) this.send('audio', formatRtp(packet));
    }
  }

  /** Sends an event packet of the sound's stream. */
  press(payload: Uint8Array, ptsUs: number): void {
    const [packet] = this.#streams.audio.packets([{ payload, marker: true }], ptsUs, EVENTS);
    if (packet) this.send('audio', formatRtp(packet));
  }

  /** Feedback to the bridge's video stream. */
  feedback(of: (mediaSsrc: number) => RtcpPacket): void {
    const mediaSsrc = this.packets.video[0]?.ssrc ?? 0;
    const ssrc = this.#streams.video.ssrc;
    const bytes = formatRtcpCompound([{ type: 'receiver-report', ssrc, reports: [] }, of(mediaSsrc)]);
    this.#sockets.videoRtcp.send(bytes, this.farPorts[1] + 1, '127.0.0.1');
  }

  /** Any bytes to where the bridge takes our media. */
  send(kind: 'audio' | 'video', bytes: Uint8Array): void {
    this.#sockets[kind].send(bytes, this.farPorts[kind === 'audio' ? 0 : 1], '127.0.0.1');
  }

  get farPorts(): readonly [number, number] {
    const [audio = 9, video = 9] = [...this.answer.matchAll(/^m=\S+ (\d+)/gm)].map(([, port]) => Number(port));
    return [audio, video];
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#encoder.close();
    this.#sound.close();
    return this.#resources.disposeAsync();
  }
}
