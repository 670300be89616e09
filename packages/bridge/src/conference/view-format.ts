import type { VideoCodecName } from '@plugfest/media';
import type { NegotiatedMedia } from '@plugfest/sdp';
import { videoFormatOf } from '../leg/video-formats.ts';

/** How a view is coded: viewers with the same format can share an encoder. */
export interface ViewFormat {
  readonly codec: VideoCodecName;
  /** H.264 packetization mode 0: every NAL unit must fit into a packet (RFC 6184 §6.2). */
  readonly inSlices: boolean;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly bitrateBps: number;
}

/** What a conference would send if every viewer could take it. */
export type ViewSettings = Pick<ViewFormat, 'width' | 'height' | 'frameRate' | 'bitrateBps'>;

/** Viewers' limits are rounded down to one of these, so that limits that differ a little do not cost an encoder each. */
const RATE_CLASSES_BPS = [
  64_000, 128_000, 192_000, 256_000, 384_000, 512_000, 768_000, 1_000_000, 1_500_000, 2_000_000, 3_000_000, 4_000_000,
] as const;
const SIZE_STEPS = [1, 3 / 4, 1 / 2, 3 / 8, 1 / 4] as const;
const MACROBLOCK = 16;

/** The format for one viewer: the conference's, cut down to what the viewer says that it can take (`b=`, H.264 level) and to what its path bears (`targetBps`). */
export function viewFormatOf(
  settings: ViewSettings,
  { codec, bandwidthBps }: NegotiatedMedia,
  targetBps = Infinity,
): ViewFormat {
  return {
    codec: videoFormatOf(codec).codec,
    inSlices: codec.h264?.packetizationMode === 0,
    ...(codec.name === 'h263' ? h263Size(codec.fmtp) : sizeFor(settings, codec.h264)),
    frameRate: settings.frameRate,
    bitrateBps: rateClass(
      settings.bitrateBps,
      Math.min(targetBps, bandwidthBps ?? Infinity, codec.h264?.maxBitrateBps ?? Infinity),
    ),
  };
}

/** Equal for formats that are equal. */
export function viewFormatKey({ codec, inSlices, width, height, frameRate, bitrateBps }: ViewFormat): string {
  return `${codec}${inSlices ? ' in slices' : ''} ${width}x${height}@${frameRate} ${bitrateBps}`;
}

function rateClass(wantedBps: number, limitBps: number): number {
  if (wantedBps <= limitBps) return wantedBps;
  return RATE_CLASSES_BPS.findLast((rateBps) => rateBps <= limitBps) ?? RATE_CLASSES_BPS[0];
}

/** The largest step whose macroblocks fit the level. @see ITU-T H.264 Table A-1 */
function sizeFor(settings: ViewSettings, limits: NegotiatedMedia['codec']['h264']): { width: number; height: number } {
  const sizes = SIZE_STEPS.map((step) => ({
    width: even(settings.width * step),
    height: even(settings.height * step),
  }));
  const fitting = sizes.find(({ width, height }) => {
    const macroblocks = Math.ceil(width / MACROBLOCK) * Math.ceil(height / MACROBLOCK);
    return (
      limits === undefined ||
      (macroblocks <= limits.maxFrameSizeMacroblocks &&
        macroblocks * settings.frameRate <= limits.maxMacroblocksPerSecond)
    );
  });
  return fitting ?? (sizes.at(-1) as (typeof sizes)[0]);
}

/** Custom sizes are an option that few have: CIF where the viewer says so, else what everybody takes. @see RFC 4629 §8.1.1 */
function h263Size(fmtp: Readonly<Record<string, string>>): { width: number; height: number } {
  return fmtp.cif === undefined ? { width: 176, height: 144 } : { width: 352, height: 288 };
}

function even(value: number): number {
  return Math.round(value / 2) * 2;
}
