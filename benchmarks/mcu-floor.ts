/**
 * What the codec work of a small conference costs without a bridge: the same decodes, scales and encodes through FFmpeg, called barely.
 * A bridge's CPU time is held against it.
 *
 *     node benchmarks/mcu-floor.ts [--json]
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '@plugfest/host';
import { layoutTiles, type VideoFrame } from '@plugfest/model';
import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_ID_H264,
  AV_PIX_FMT_YUV420P,
  Codec,
  CodecContext,
  Frame,
  Packet,
  SoftwareScaleContext,
  SWS_BILINEAR,
} from 'node-av';
import { rgbaToI420 } from '../packages/media/src/colour.ts';
import { Portrait } from '../packages/media/src/portrait/portrait.ts';
import { openEncoderContext, VideoEncoder } from '../packages/media/src/video-encoder.ts';

export interface McuFloorOptions {
  readonly participants?: number;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  /** What each participant sends. */
  readonly sentBitrateBps?: number;
  /** What each participant is sent. */
  readonly viewBitrateBps?: number;
  readonly seconds?: number;
}

/** CPU-seconds for one second of conference. */
export interface McuFloor {
  readonly options: Required<McuFloorOptions>;
  readonly cpuPerMediaSecond: number;
  readonly decode: number;
  readonly scale: number;
  readonly encode: number;
  /** The same work by the ffmpeg command, where there is one with libx264. */
  readonly ffmpegCommand: number | undefined;
}

const DEFAULTS: Required<McuFloorOptions> = {
  participants: 4,
  width: 640,
  height: 360,
  frameRate: 15,
  sentBitrateBps: 600_000,
  viewBitrateBps: 600_000,
  seconds: 8,
};

/** Measures once; the first second is warm-up and not counted. */
export async function measureMcuFloor(given: McuFloorOptions = {}): Promise<McuFloor> {
  const options = { ...DEFAULTS, ...given };
  const streams = Array.from({ length: options.participants }, (_, look) => encodePortrait(look, options));
  const costs = runBare(streams, options);
  const ffmpegCommand = await runFfmpeg(streams, options);
  return { options, cpuPerMediaSecond: costs.decode + costs.scale + costs.encode, ...costs, ffmpegCommand };
}

/** What a participant sends: access units, a second more than `seconds`. */
export function encodePortrait(
  look: number,
  { width, height, frameRate, sentBitrateBps, seconds }: Required<McuFloorOptions>,
): Buffer[] {
  const portrait = new Portrait(look, width, height);
  using encoder = VideoEncoder.open({ codec: 'h264', width, height, frameRate, bitrateBps: sentBitrateBps });
  const loop = Array.from({ length: 64 }, (_, n): VideoFrame => {
    const picture = portrait.draw(n / 128);
    portrait.drawMouth(picture, n / 128, (n % 5) / 4);
    return { width, height, data: rgbaToI420(picture.canvas.data(), width, height), ptsUs: 0 };
  });
  return Array.from({ length: frameRate * (seconds + 1) }, (_, n) => {
    // To and fro, so that the loop's end does not cut.
    const at = n % 126;
    const frame = loop[at < 64 ? at : 126 - at] as VideoFrame;
    return Buffer.concat(
      encoder.encode({ ...frame, ptsUs: Math.round((n * 1e6) / frameRate) }).map(({ data }) => data),
    );
  });
}

type Stage = 'decode' | 'scale' | 'encode';

function runBare(streams: readonly Buffer[][], options: Required<McuFloorOptions>): Record<Stage, number> {
  const { width, height, frameRate, viewBitrateBps, seconds, participants } = options;
  const decoders = streams.map(openDecoder);
  const encoders = streams.map(() =>
    openEncoderContext({ codec: 'h264', width, height, frameRate, bitrateBps: viewBitrateBps }, viewBitrateBps),
  );
  const tiles = layoutTiles('equal-2x2', width, height);
  const scaler = new SoftwareScaleContext();
  const { width: tileWidth, height: tileHeight } = tiles[0] as (typeof tiles)[0];
  scaler.getContext(width, height, AV_PIX_FMT_YUV420P, tileWidth, tileHeight, AV_PIX_FMT_YUV420P, SWS_BILINEAR);
  const [view, spare, decoded, packet] = [newFrame(width, height), newFrame(width, height), new Frame(), new Packet()];
  decoded.alloc();
  packet.alloc();
  const costsUs: Record<Stage, number> = { decode: 0, scale: 0, encode: 0 };
  const timed = (stage: Stage, isCounted: boolean, work: () => void): void => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    if (isCounted) costsUs[stage] += user + system;
  };
  for (let n = 0; n < frameRate * (seconds + 1); n++) {
    const isCounted = n >= frameRate;
    for (let k = 0; k < participants; k++) {
      timed('decode', isCounted, () =>
        decodeOne(decoders[k] as CodecContext, packet, streams[k]?.[n] as Buffer, n, decoded),
      );
      // A view shows all but its viewer: the last seat stays empty, its scale is done all the same.
      const target = k === participants - 1 ? spare : view;
      timed('scale', isCounted, () => scaleInto(scaler, decoded, target, tiles[k % tiles.length] as (typeof tiles)[0]));
      decoded.unref();
    }
    view.pts = BigInt(Math.round((n * 1e6) / frameRate));
    for (const encoder of encoders) timed('encode', isCounted, () => encodeOne(encoder, view, packet));
  }
  for (const context of [...decoders, ...encoders]) context.freeContext();
  const perSecond = (stage: Stage): number => costsUs[stage] / 1e6 / seconds;
  return { decode: perSecond('decode'), scale: perSecond('scale'), encode: perSecond('encode') };
}

function openDecoder(): CodecContext {
  const codec = Codec.findDecoder(AV_CODEC_ID_H264);
  const context = new CodecContext();
  context.allocContext3(codec);
  context.threadCount = 1;
  context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
  if (context.open2Sync(codec) < 0) throw new Error('no H.264 decoder');
  return context;
}

function newFrame(width: number, height: number): Frame {
  const frame = new Frame();
  frame.alloc();
  frame.width = width;
  frame.height = height;
  frame.format = AV_PIX_FMT_YUV420P;
  if (frame.getBuffer() < 0) throw new Error('no memory for a frame');
  for (const [p, plane] of (frame.data ?? []).entries()) plane.fill(p === 0 ? 30 : 128);
  return frame;
}

function decodeOne(decoder: CodecContext, packet: Packet, data: Buffer, n: number, into: Frame): void {
  packet.data = data;
  packet.pts = BigInt(n);
  const sent = decoder.sendPacketSync(packet);
  packet.unref();
  if (sent < 0 || decoder.receiveFrameSync(into) < 0) throw new Error(`frame ${n} was not decoded`);
}

function scaleInto(scaler: SoftwareScaleContext, from: Frame, to: Frame, { x, y }: { x: number; y: number }): void {
  const strides = to.linesize;
  const planes = (to.data ?? []).map((plane, p) =>
    plane.subarray((y >> (p ? 1 : 0)) * (strides[p] as number) + (x >> (p ? 1 : 0))),
  );
  scaler.scaleSync(from.data ?? [], from.linesize, 0, from.height, planes, strides);
}

function encodeOne(encoder: CodecContext, view: Frame, packet: Packet): void {
  if (encoder.sendFrameSync(view) < 0) throw new Error('a view was not encoded');
  while (encoder.receivePacketSync(packet) >= 0) packet.unref();
}

/** The command's own account (`-benchmark`) of the same work: input files, one thread a codec, xstack, as many encodes as participants. */
async function runFfmpeg(
  streams: readonly Buffer[][],
  options: Required<McuFloorOptions>,
): Promise<number | undefined> {
  const ffmpeg = await findTool('ffmpeg');
  if (!ffmpeg.found) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'plugfest-floor-'));
  try {
    const files = await Promise.all(
      streams.map(async (stream, k) => {
        const file = join(folder, `${k}.h264`);
        await writeFile(file, Buffer.concat(stream));
        return file;
      }),
    );
    const { stderr } = await promisify(execFile)(ffmpeg.path, ffmpegArguments(files, options), { maxBuffer: 1 << 24 });
    const account = /utime=([\d.]+)s stime=([\d.]+)s/.exec(stderr);
    return account ? (Number(account[1]) + Number(account[2])) / (options.seconds + 1) : undefined;
  } catch {
    // An ffmpeg without libx264 or xstack: there is no second opinion then.
    return undefined;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function ffmpegArguments(files: readonly string[], options: Required<McuFloorOptions>): string[] {
  const { width, height, frameRate, viewBitrateBps } = options;
  const inputs = files.flatMap((file) => ['-threads', '1', '-r', String(frameRate), '-i', file]);
  const scales = files.map((_, k) => `[${k}:v]scale=${width / 2}:${height / 2}:flags=bilinear[t${k}]`);
  const tiles = files.map((_, k) => `[t${k}]`).join('');
  const views = files.map((_, k) => `[v${k}]`).join('');
  const stack = `${tiles}xstack=inputs=${files.length}:layout=0_0|w0_0|0_h0|w0_h0,split=${files.length}${views}`;
  const rate = String(viewBitrateBps);
  const outputs = files.flatMap((_, k) => [
    ...['-map', `[v${k}]`, '-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline'],
    ...[
      '-threads',
      '1',
      '-g',
      String(frameRate * 10),
      '-b:v',
      rate,
      '-maxrate',
      rate,
      '-bufsize',
      rate,
      '-f',
      'null',
      '-',
    ],
  ]);
  const graph = [...scales, stack].join(';');
  return [
    '-nostdin',
    '-hide_banner',
    '-benchmark',
    '-filter_threads',
    '1',
    '-filter_complex_threads',
    '1',
    ...inputs,
    '-filter_complex',
    graph,
    ...outputs,
  ];
}

if (import.meta.main) {
  const floor = await measureMcuFloor();
  if (process.argv.includes('--json')) console.log(JSON.stringify(floor));
  else {
    const { participants, width, height, frameRate } = floor.options;
    const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;
    console.log(
      `bare FFmpeg, ${participants} participants at ${width}×${height}@${frameRate}, CPU for one second of conference:`,
    );
    console.log(
      `  ${ms(floor.cpuPerMediaSecond)} = decode ${ms(floor.decode)} + scale ${ms(floor.scale)} + encode ${ms(floor.encode)}`,
    );
    console.log(
      `  ffmpeg command, same work: ${floor.ffmpegCommand === undefined ? 'not measured' : ms(floor.ffmpegCommand)}`,
    );
  }
}
