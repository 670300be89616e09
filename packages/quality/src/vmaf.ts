import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findTool, openTemporaryDirectory } from '@plugfest/host';
import type { Measured } from '@plugfest/model';
import type { ComparisonFiles } from './file-measurement-video.ts';
import { mean } from './video/block-bootstrap.ts';
import { MetricSeries } from './video/metric-series.ts';

const run = promisify(execFile);

export const VMAF_METHOD = "vmaf (Netflix's libvmaf in the ffmpeg at hand, its default model, mean of the frames)";

export interface VmafConditions {
  readonly size: { readonly width: number; readonly height: number };
  /** The capture was moved or cut for the other scores. */
  readonly isPlaced: boolean;
  /** Ranges of luma were changed for the other scores. */
  readonly range: boolean;
}

/** VMAF by the `ffmpeg` command, where it has libvmaf; else why there is none. */
export async function vmafOf(
  { reference, capture }: ComparisonFiles,
  { method }: { readonly method: string },
  { size, isPlaced, range }: VmafConditions,
): Promise<Measured> {
  const tool = await findTool('ffmpeg');
  if (!tool.found) return { notMeasured: `${tool.reason}; ${tool.fix}` };
  if (!(await hasVmaf(tool.path)))
    return {
      notMeasured: `the ffmpeg at hand (${tool.path}) was built without the libvmaf filter: VMAF needs one with it`,
    };
  // The command reads both files from the start, picture by picture.
  if (method !== 'pictures paired by their number' || isPlaced || range)
    return { notMeasured: 'VMAF is taken only of pictures that are paired by their number and scored as they are' };
  await using directory = await openTemporaryDirectory('vmaf-');
  const log = join(directory.path, 'vmaf.json');
  const scaled = `[0:v]scale=${size.width}:${size.height}:flags=bicubic,settb=AVTB,setpts=N[c]`;
  const filter = `${scaled};[1:v]settb=AVTB,setpts=N[r];[c][r]libvmaf=log_fmt=json:log_path=${log}`;
  try {
    const inputs = ['-i', capture.path, '-i', reference.path];
    await run(tool.path, ['-v', 'error', ...inputs, '-lavfi', filter, '-f', 'null', '-'], { maxBuffer: 2 ** 24 });
    return scoreOf(readFileSync(log, 'utf8'));
  } catch (error) {
    return { notMeasured: `ffmpeg's libvmaf failed: ${(error as Error).message.split('\n').at(-1)}` };
  }
}

/** Of libvmaf's own log: the mean, and its interval by the spread of the frames. */
export function scoreOf(log: string): Measured {
  const { frames = [] } = JSON.parse(log) as { frames?: { metrics?: { vmaf?: number } }[] };
  const scores = frames.flatMap(({ metrics }) => (metrics?.vmaf === undefined ? [] : [metrics.vmaf]));
  const series = new MetricSeries();
  for (const score of scores) series.push(score);
  const row = { of: 'vmaf', unit: '1', method: VMAF_METHOD, pooling: mean };
  return series.measured(row, 'libvmaf scored no picture');
}

const known = new Map<string, Promise<boolean>>();

/** Asked of each ffmpeg once. */
function hasVmaf(path: string): Promise<boolean> {
  const asked =
    known.get(path) ??
    run(path, ['-v', 'error', '-filters'], { maxBuffer: 2 ** 24 }).then(
      ({ stdout }) => /^\s*\S+\s+libvmaf\s/m.test(stdout),
      () => false,
    );
  known.set(path, asked);
  return asked;
}
