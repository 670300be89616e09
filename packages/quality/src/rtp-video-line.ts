import type { VideoCodecName } from '@plugfest/media';
import type { Random } from '@plugfest/model';
import {
  formatRtp,
  H264Depacketizer,
  packetizeH264,
  parseRtp,
  type RtpPayload,
  type VideoDepacketizer,
  Vp8Depacketizer,
  Vp8Packetizer,
} from '@plugfest/rtp';

/** Coded pictures as RTP packets over a line that loses some, and back: what a trial of reading codes under loss needs. */
export class RtpVideoLine {
  readonly #packetize: (data: Uint8Array) => RtpPayload[];
  readonly #depacketizer: VideoDepacketizer;
  readonly #loss: { readonly ratio: number; readonly random: Random } | undefined;
  #sequenceNumber = 65_000;

  constructor(codec: VideoCodecName, loss?: { readonly ratio: number; readonly random: Random }) {
    const vp8 = new Vp8Packetizer();
    this.#packetize =
      codec === 'vp8' ? (data) => vp8.packetize(data) : (data) => packetizeH264(data, { packetizationMode: 1 });
    this.#depacketizer = codec === 'vp8' ? new Vp8Depacketizer() : new H264Depacketizer();
    this.#loss = loss;
  }

  /** What arrives of a picture, or of the one before it, and whether anything is missing. */
  send(data: Uint8Array, n: number): { arrived: Uint8Array[]; isDamaged: boolean } {
    const arrived: Uint8Array[] = [];
    let isDamaged = false;
    for (const { payload, marker } of this.#packetize(data)) {
      const sequenceNumber = this.#sequenceNumber++ & 0xffff;
      if (this.#loss && this.#loss.random.next() < this.#loss.ratio) {
        isDamaged = true;
        continue;
      }
      const bytes = formatRtp({
        marker,
        payloadType: 96,
        sequenceNumber,
        timestamp: (n * 6000) >>> 0,
        ssrc: 1,
        csrcs: [],
        payload,
      });
      const packet = parseRtp(bytes);
      if (!packet.ok) throw new Error(`own packet: ${packet.error.code}`);
      for (const frame of this.#depacketizer.push(packet.value)) arrived.push(frame.data);
    }
    return { arrived, isDamaged };
  }
}
