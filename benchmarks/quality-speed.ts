/**
 * Frames a second of CPU: identity, delay, freezes, PSNR and SSIM here, against `ffmpeg -lavfi "ssim;psnr"` on the same pair of 720p30 files, both with
 * reading and decoding. Goal: a ratio of at least 1. Both are measured in turn, and the least CPU time of each counts.
 *
 *     npm run bench:quality [-- --json]
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, openTemporaryDirectory } from '@plugfest/host';
import { codeStripHeight, paintCodeStrip, readCodeStrip, readPictures } from '@plugfest/media';
import { distributionOf, PictureComparison, PictureInspection } from '@plugfest/quality';

const [WIDTH, HEIGHT, FRAME_RATE, FRAMES, ROUNDS] = [1280, 720, 30, 150, 4];
/** A child's CPU time, as time(1) writes it to standard error: user and system seconds. */
const TIMED = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null 2>&1';

interface Pair {
  readonly name: string;
  readonly reference: string;
  readonly captured: string;
}

const tool = await findTool('ffmpeg');
if (!tool.found) throw new Error(`${tool.reason}; ${tool.fix}`);
const ffmpeg = tool.path;
await using directory = await openTemporaryDirectory('quality-speed-');
const results = [];
for (const pair of writePairs(directory.path)) {
  let [ourMs, theirMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < ROUNDS; round++) {
    ourMs = Math.min(ourMs, measureHere(pair));
    theirMs = Math.min(theirMs, measureByFfmpeg(pair));
  }
  results.push({ pair: pair.name, here: rate(ourMs), ffmpeg: rate(theirMs), ratio: theirMs / ourMs });
}
if (process.argv.includes('--json')) console.log(JSON.stringify(results));
else
  for (const { pair, here, ffmpeg, ratio } of results) {
    console.log(
      `${pair}: ${here.toFixed(0)} frames/CPU-s here, ${ffmpeg.toFixed(0)} by ffmpeg: ratio ${ratio.toFixed(2)}`,
    );
  }
process.exitCode = results.every(({ ratio }) => ratio >= 1) ? 0 : 1;

function rate(cpuMs: number): number {
  return (FRAMES * 1000) / cpuMs;
}

/** A moving texture with codes; then as it is, and as two H.264 files of 8 and 1 Mbit/s. */
function writePairs(path: string): Pair[] {
  const raw = join(path, 'reference.y4m');
  const noisy = join(path, 'captured.y4m');
  const [good, bad] = [join(path, 'reference.mkv'), join(path, 'captured.mkv')];
  const size = `${WIDTH}x${HEIGHT}`;
  const source = join(path, 'source.yuv');
  execFileSync(ffmpeg, [
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=${size}:r=${FRAME_RATE},noise=alls=6:allf=t`],
    ...['-frames:v', `${FRAMES}`, '-pix_fmt', 'yuv420p', '-f', 'rawvideo', source],
  ]);
  stampCodes(source);
  const input = ['-v', 'error', '-f', 'rawvideo', '-s', size, '-r', `${FRAME_RATE}`, '-i', source];
  const h264 = (bitrate: string): string[] => ['-c:v', 'libx264', '-preset', 'superfast', '-bf', '0', '-b:v', bitrate];
  execFileSync(ffmpeg, [...input, raw]);
  execFileSync(ffmpeg, [...input, ...h264('8M'), good]);
  execFileSync(ffmpeg, [...input, ...h264('1M'), bad]);
  execFileSync(ffmpeg, ['-v', 'error', '-i', bad, '-pix_fmt', 'yuv420p', noisy]);
  return [
    { name: 'y4m', reference: raw, captured: noisy },
    { name: 'H.264', reference: good, captured: bad },
  ];
}

/** Codes over the pictures of a raw file, in place. */
function stampCodes(path: string): void {
  const data = execFileSync('cat', [path], { maxBuffer: 2 ** 30 });
  const size = (WIDTH * HEIGHT * 3) / 2;
  for (let n = 0; n < FRAMES; n++) {
    const frame = { width: WIDTH, height: HEIGHT, ptsUs: 0, data: data.subarray(n * size, (n + 1) * size) };
    paintCodeStrip(frame, { participant: 1, frameNumber: n, sentMs: Math.round((n * 1000) / FRAME_RATE) });
  }
  writeFileSync(path, data);
}

/** CPU milliseconds of this process. */
function measureHere({ reference, captured }: Pair): number {
  const since = process.cpuUsage();
  const comparison = new PictureComparison({ metrics: ['psnrY', 'ssimY'] });
  const inspection = new PictureInspection({ looks: [] });
  const delaysMs: number[] = [];
  const sent = readPictures(reference, { lumaOnly: true });
  for (const frame of readPictures(captured, { lumaOnly: true })) {
    const code = readCodeStrip(frame);
    if (code) delaysMs.push(frame.ptsUs / 1000 - code.sentMs);
    inspection.push(frame);
    const original = sent.next().value;
    if (original) comparison.push(original, frame);
  }
  const scores = { ...comparison.summary().values, ...inspection.summary().values };
  const delay = distributionOf(delaysMs, { unit: 'ms', method: 'code' });
  const { user, system } = process.cpuUsage(since);
  if (delaysMs.length < FRAMES || !('value' in scores.psnrY) || 'notMeasured' in delay) {
    throw new Error(`${delaysMs.length} codes of ${FRAMES} were read below line ${codeStripHeight(HEIGHT)}`);
  }
  return (user + system) / 1000;
}

/** CPU milliseconds of the command. */
function measureByFfmpeg({ reference, captured }: Pair): number {
  const filters = ['-lavfi', 'ssim;[0:v][1:v]psnr', '-f', 'null', '-'];
  const times = execFileSync('bash', ['-c', `{ ${TIMED}; } 2>&1`, ffmpeg, '-i', captured, '-i', reference, ...filters]);
  const [user, system] = times.toString().trim().split(/\s+/).map(Number) as [number, number];
  return (user + system) * 1000;
}
