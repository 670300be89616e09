import type { VideoCodecName } from '@plugfest/media';
import {
  Av1Depacketizer,
  H263Depacketizer,
  H264Depacketizer,
  H264UcPacketizer,
  packetizeAv1,
  packetizeH263,
  packetizeH264,
  type RtpPayload,
  type VideoDepacketizer,
  Vp8Depacketizer,
  Vp8Packetizer,
  Vp9Depacketizer,
  Vp9Packetizer,
} from '@plugfest/rtp';
import type { CodecName, NegotiatedCodec } from '@plugfest/sdp';

/** How a codec's pictures become payloads and the other way round. */
export interface VideoFormat {
  readonly codec: VideoCodecName;
  /** The decoder makes something of a picture with holes; else half a picture only spoils what comes after. */
  readonly concealsLoss: boolean;
  readonly openDepacketizer: () => VideoDepacketizer;
  readonly openPacketizer: (codec: NegotiatedCodec) => (picture: Uint8Array) => RtpPayload[];
}

/** What a view usually has: a Lync client is told the nearest rate that it knows. */
const FRAME_RATE = 15;

const H264: VideoFormat = {
  codec: 'h264',
  concealsLoss: true,
  openDepacketizer: () => new H264Depacketizer(),
  openPacketizer: ({ h264 }) => {
    const packetizationMode = h264?.packetizationMode ?? 1;
    return (picture) => packetizeH264(picture, { packetizationMode });
  },
};

const FORMATS: Partial<Record<CodecName, VideoFormat>> = {
  h264: H264,
  // What a Lync client means by it is H.264 in mode 1, with a word about each picture before it.
  'x-h264uc': {
    ...H264,
    openPacketizer: ({ h264 }) => {
      const packetizer = new H264UcPacketizer({ frameRate: FRAME_RATE, bitrateBps: h264?.maxBitrateBps ?? 0 });
      return (picture) => packetizer.packetize(picture);
    },
  },
  vp8: {
    codec: 'vp8',
    concealsLoss: false,
    openDepacketizer: () => new Vp8Depacketizer(),
    openPacketizer: () => {
      const packetizer = new Vp8Packetizer();
      return (picture) => packetizer.packetize(picture);
    },
  },
  vp9: {
    codec: 'vp9',
    concealsLoss: false,
    openDepacketizer: () => new Vp9Depacketizer(),
    openPacketizer: () => {
      const packetizer = new Vp9Packetizer();
      return (picture) => packetizer.packetize(picture);
    },
  },
  av1: {
    codec: 'av1',
    concealsLoss: false,
    openDepacketizer: () => new Av1Depacketizer(),
    openPacketizer: () => (picture) => packetizeAv1(picture),
  },
  h263: {
    codec: 'h263',
    concealsLoss: true,
    openDepacketizer: () => new H263Depacketizer(),
    openPacketizer: () => (picture) => packetizeH263(picture),
  },
};

export function videoFormatOf({ name }: Pick<NegotiatedCodec, 'name'>): VideoFormat {
  return FORMATS[name] ?? H264;
}
