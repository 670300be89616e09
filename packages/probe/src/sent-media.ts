import { AudioDecoder, AudioEncoder, solidPicture, VideoEncoder } from '@plugfest/media';
import type { Clock, Random } from '@plugfest/model';
import { packetizeH264, type RtpPacket, RtpSenderStream } from '@plugfest/rtp';
import type { SpokenRtp } from './exchange.ts';

const TICK_MS = 20;
const AMPLITUDE = 8000;
const WIDTH = 320;
const HEIGHT = 180;

export interface ToneOptions {
  readonly clock: Clock;
  readonly stream: RtpSenderStream;
  readonly send: (packet: RtpPacket) => void;
  readonly packets: number;
  readonly toneHz?: number;
  /** Where the sound stands, so that it goes on where it stopped. */
  readonly fromTick?: number;
}

/** Sends a tone in G.711 μ-law at its pace. */
export async function sendTone({
  clock,
  stream,
  send,
  packets,
  toneHz = 440,
  fromTick = 0,
}: ToneOptions): Promise<void> {
  using encoder = AudioEncoder.open({ codec: 'pcmu' });
  for (let tick = fromTick; tick < fromTick + packets; tick++) {
    const at = (n: number): number => (2 * Math.PI * toneHz * (tick * 960 + n)) / 48_000;
    const samples = Int16Array.from({ length: 960 }, (_, n) => AMPLITUDE * Math.sin(at(n)));
    for (const payload of encoder.encode({ samples, sampleRateHz: 48_000, channels: 1, ptsUs: 0 }))
      for (const packet of stream.packets([{ payload, marker: false }], tick * TICK_MS * 1000)) send(packet);
    await new Promise<void>((resolve) => void clock.schedule(TICK_MS, resolve));
  }
}

export function pcmuStream(random: Random, ssrc = random.uint32(), payloadType = 0): RtpSenderStream {
  return new RtpSenderStream({ ssrc, payloadType, clockRateHz: 8000, cname: 'probe', random });
}

/** Packets of one H.264 key frame and the frames after it, small and grey, as an encoder makes them. */
export function h264Pictures(
  random: Random,
  { payloadType = 97, frames = 1, packetizationMode = 1 as 0 | 1 } = {},
): RtpPacket[][] {
  const encoder = VideoEncoder.open({
    codec: 'h264',
    width: WIDTH,
    height: HEIGHT,
    frameRate: 15,
    bitrateBps: 300_000,
  });
  const stream = new RtpSenderStream({
    ssrc: random.uint32(),
    payloadType,
    clockRateHz: 90_000,
    cname: 'probe',
    random,
  });
  const pictures = Array.from({ length: frames }, (_, at) => {
    const data = solidPicture(WIDTH, HEIGHT, [90 + at * 10, 128, 128]);
    const picture = { width: WIDTH, height: HEIGHT, data, ptsUs: at * 66_000 };
    const coded = encoder.encode(picture, { keyFrame: at === 0 });
    const payloads = coded.flatMap(({ data }) => packetizeH264(data, { packetizationMode }));
    return stream.packets(payloads, at * 66_000);
  });
  encoder.close();
  return pictures;
}

/** Root mean square of what G.711 μ-law packets hold, 0 to 32768. */
export function loudnessOf(packets: readonly SpokenRtp[]): number {
  using decoder = AudioDecoder.open({ codec: 'pcmu' });
  let sum = 0;
  let count = 0;
  for (const { payload, payloadType } of packets) {
    if (payloadType !== 0) continue;
    const { samples } = decoder.decode(payload, 0);
    for (const sample of samples) sum += sample * sample;
    count += samples.length;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}
