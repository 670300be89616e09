import { openTemporaryDirectory } from '@plugfest/host';
import type { ParticipantSource } from '@plugfest/media';
import type { Distribution, Measured, TileMeasurement, ViewerMeasurement } from '@plugfest/model';
import { measureRun } from '@plugfest/quality';
import {
  type ConferenceOptions,
  type SyntheticRun,
  synthesise,
} from '../../packages/quality/src/synthetic-conference.ts';
import { prepareParticipants } from '../../packages/quality/src/synthetic-participants.ts';
import { through } from '../../packages/quality/src/synthetic-sound.ts';

/** What was injected into one conference, and what its first viewer was measured to see and hear. */
export interface BenchOutcome {
  readonly run: SyntheticRun;
  readonly viewer: ViewerMeasurement;
  /** The second participant, whose picture and sound are spoilt. */
  readonly tile: TileMeasurement | undefined;
}

export const VIDEO_NAMES = { h264: 'H.264', vp8: 'VP8' } as const;
export const AUDIO_NAMES = { opus: 'Opus', g722: 'G.722', pcmu: 'G.711' } as const;

const prepared = new Map<number, Promise<ParticipantSource[]>>();

function participants(frameRate: number): Promise<ParticipantSource[]> {
  const ready = prepared.get(frameRate) ?? prepareParticipants(3, { width: 320, height: 180, frameRate });
  prepared.set(frameRate, ready);
  return ready;
}

/** Makes a conference's capture with real codecs, and measures it as a run is measured. */
export async function conduct(
  options: Omit<ConferenceOptions, 'sources' | 'viewers'> & { readonly people?: number },
): Promise<BenchOutcome> {
  const sources = (await participants(options.frameRate ?? 15)).slice(0, options.people ?? 3);
  await using directory = await openTemporaryDirectory('plugfest-calibrate-');
  const run = await synthesise(directory.path, { ...options, sources, viewers: 1 });
  const measured = await measureRun(directory.path, run.plan, run.events);
  const viewer = measured.viewers[0] as ViewerMeasurement;
  return { run, viewer, tile: viewer.tiles.find(({ participant }) => participant === 'p2') };
}

export function numberOf(measured: Measured | undefined): number | undefined {
  return measured && 'value' in measured ? measured.value : undefined;
}

export function middleOf(distribution: Distribution | undefined): number | undefined {
  return distribution && 'p50' in distribution ? distribution.p50 : undefined;
}

export function sampleCount(measured: Measured | Distribution | undefined): number {
  return measured && 'n' in measured ? measured.n : 0;
}

const codecDelays = new Map<string, Promise<number>>();

/**
 * What two passes through a codec and its rate converters add, in ms: part of the truth, found without the code under test, by plain
 * correlation at 48 kHz of what came out of one pass with what went in.
 */
export function codecDelayMs(codec: keyof typeof AUDIO_NAMES): Promise<number> {
  const known = codecDelays.get(codec) ?? findCodecDelay(codec);
  codecDelays.set(codec, known);
  return known;
}

async function findCodecDelay(codec: keyof typeof AUDIO_NAMES): Promise<number> {
  const source = (await participants(15))[0] as ParticipantSource;
  const sound = source.speechAt(4_000_000, 96_000);
  const coded = through(codec, sound);
  const scores = Float64Array.from({ length: 1000 }, (_, lag) => {
    let sum = 0;
    for (let n = 0; n < 90_000; n++) sum += (sound[n] as number) * (coded[n + lag] as number);
    return sum;
  });
  const lag = scores.indexOf(Math.max(...scores));
  return (2 * lag) / 48;
}
