import { FREEZE_AFTER_US } from '@plugfest/media';
import type { Measurements, TileMeasurement, ViewerMeasurement, VoiceMeasurement } from '@plugfest/model';

/** What was measured of a run, and when each participant's camera and microphone began. */
export interface Run extends Measurements {
  readonly sourceStartedUs: ReadonlyMap<string, number>;
}

/** One number of a run, and what it should be. */
export interface Finding {
  readonly what: string;
  readonly truth: string;
  readonly value: string;
  readonly limit: string;
  readonly holds: boolean;
}

export interface Trial {
  /** As `--sabotage` takes it. */
  readonly sabotage: string;
  readonly find: (run: Run, floors: readonly Run[]) => Finding[];
}

/** Who sees and hears whom in these trials. */
const PAIRS = [
  { viewer: 'browser', seen: 'room' },
  { viewer: 'room', seen: 'browser' },
] as const;
type Pair = (typeof PAIRS)[number];

/** Half of an interval at 30 pictures a second. */
const HALF_FRAME_MS = 1000 / 30 / 2;

function viewerOf(run: Measurements, id: string): ViewerMeasurement | undefined {
  return run.viewers.find(({ viewer }) => viewer === id);
}

function tileOf(run: Measurements, { viewer, seen }: Pair): TileMeasurement | undefined {
  return viewerOf(run, viewer)?.tiles.find(({ participant }) => participant === seen);
}

function voiceOf(run: Measurements, { viewer, seen }: Pair): VoiceMeasurement | undefined {
  return viewerOf(run, viewer)?.voices.find(({ participant }) => participant === seen);
}

type Reading = (run: Measurements, pair: Pair) => number;

const videoDelayMs: Reading = (run, pair) => {
  const delay = tileOf(run, pair)?.videoDelayMs;
  return delay && 'p50' in delay ? delay.p50 : Number.NaN;
};
const audioDelayMs: Reading = (run, pair) => numberOf(voiceOf(run, pair)?.audioDelayMs);
const lipSyncMs: Reading = (run, pair) => numberOf(tileOf(run, pair)?.lipSyncMs);
const frozenRatio: Reading = (run, pair) =>
  (tileOf(run, pair)?.frozenMs ?? Number.NaN) / ((run.mediaEndUs - run.mediaStartUs) / 1000);
const readable: Reading = (run, pair) => {
  const tile = tileOf(run, pair);
  return tile ? tile.readableFrames / tile.frames : 0;
};

function numberOf(measured: { readonly value: number } | { readonly notMeasured: string } | undefined): number {
  return measured && 'value' in measured ? measured.value : Number.NaN;
}

/** Where a call's pictures meet the bridge's ticks, 15 a second, is chance, and stays so for the call: up to so much later in one call than in another. */
const BRIDGE_TICK_MS = 1000 / 15;
/** The bridge plays sound out 20 to 60 ms late, by the jitter that a call has had (`audio-leg.ts`). */
const PLAYOUT_RANGE_MS = 40;

/** The floors of one reading: their mean, and how far calls are apart, which no difference of two calls can undercut. */
function floorOf(reading: Reading, floors: readonly Run[], pair: Pair): { mean: number; spread: number } {
  const values = floors.map((floor) => reading(floor, pair));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = Math.max(...values) - Math.min(...values);
  const known = reading === audioDelayMs ? PLAYOUT_RANGE_MS : BRIDGE_TICK_MS;
  return { mean, spread: Math.max(spread, known) };
}

/** The reading moved by so much from where it is with nothing broken. */
function moved(what: string, reading: Reading, byMs: number, limitMs: number, pair: Pair): Trial['find'] {
  return (run, floors) => {
    const { mean, spread } = floorOf(reading, floors, pair);
    const value = reading(run, pair) - mean;
    return [
      {
        what: `${what}, ${pair.viewer} of ${pair.seen}`,
        truth: `${byMs} ms`,
        value: `${value.toFixed(1)} ms`,
        limit: `±${limitMs.toFixed(1)}, and ${spread.toFixed(1)} ms between calls`,
        holds: Math.abs(value - byMs) <= limitMs + spread,
      },
    ];
  };
}

/** A reading that is what it must be, whatever it is with nothing broken. */
function within(what: string, reading: Reading, low: number, high: number, pair: Pair): Trial['find'] {
  return (run) => {
    const value = reading(run, pair);
    return [
      {
        what: `${what}, ${pair.viewer} of ${pair.seen}`,
        truth: low === high ? `${low}` : `${low} to ${high}`,
        value: value.toFixed(3),
        limit: 'exactly these',
        holds: value >= low && value <= high,
      },
    ];
  };
}

function all(...finders: readonly Trial['find'][]): Trial['find'] {
  return (run, floors) => finders.flatMap((find) => find(run, floors));
}

/** Share of all RTP that the wire saw lost on its way from the participant. */
function lost(ratio: number, participant: string): Trial['find'] {
  return (run) => {
    const measured = viewerOf(run, participant)?.packets.lossRatio;
    const isIn = measured !== undefined && 'value' in measured && measured.low <= ratio && ratio <= measured.high;
    return [
      {
        what: `packets lost, to ${participant}`,
        truth: `${ratio * 100} %`,
        value: `${(100 * numberOf(measured)).toFixed(2)} %`,
        limit: 'in the binomial interval of 95 %',
        holds: isIn,
      },
    ];
  };
}

function delays(victim: Pair['seen'], ms: number): Trial {
  const pair = PAIRS.find(({ seen }) => seen === victim) as Pair;
  const find = all(
    moved('video delay', videoDelayMs, ms, HALF_FRAME_MS, pair),
    moved('audio delay', audioDelayMs, ms, 1, pair),
  );
  return { sabotage: `${victim}:delay=${ms}ms`, find };
}

function lipSyncs(victim: Pair['seen'], ms: number): Trial {
  const pair = PAIRS.find(({ seen }) => seen === victim) as Pair;
  return { sabotage: `${victim}:lipsync=${ms}ms`, find: moved('lip sync', lipSyncMs, -ms, 10, pair) };
}

/** One freeze, from the time at which the camera stopped, seen with the delay that pictures have, to the end. */
function freezes(victim: Pair['seen']): Trial {
  const pair = pairOf(victim);
  const find: Trial['find'] = (run, floors) => {
    const found = tileOf(run, pair)?.freezes ?? [];
    const [freeze] = found;
    const stoppedUs = (run.sourceStartedUs.get(victim) ?? Number.NaN) + FREEZE_AFTER_US;
    const { mean, spread } = floorOf(videoDelayMs, floors, pair);
    const lateMs = freeze ? (freeze.startUs - Math.max(stoppedUs, run.mediaStartUs)) / 1000 : Number.NaN;
    const leftMs = freeze ? run.mediaEndUs / 1000 - freeze.startUs / 1000 - freeze.durationMs : Number.NaN;
    const what = `${pair.viewer} of ${pair.seen}`;
    return [
      {
        what: `one freeze, to the end, ${what}`,
        truth: '1, 0 ms left',
        value: `${found.length}, ${leftMs.toFixed(1)} ms`,
        limit: `a picture of the view, ${BRIDGE_TICK_MS.toFixed(1)} ms`,
        holds: found.length === 1 && Math.abs(leftMs) <= BRIDGE_TICK_MS,
      },
      {
        what: `stands still after the camera stopped, ${what}`,
        truth: `${mean.toFixed(1)} ms`,
        value: `${lateMs.toFixed(1)} ms`,
        limit: `a picture of the view, and ${spread.toFixed(1)} ms between calls`,
        holds: Math.abs(lateMs - mean) <= BRIDGE_TICK_MS + spread,
      },
    ];
  };
  return { sabotage: `${victim}:freeze`, find };
}

const VICTIMS = ['room', 'browser'] as const;
const pairOf = (victim: Pair['seen']): Pair => PAIRS.find(({ seen }) => seen === victim) as Pair;
const heard: Reading = (run, pair) => (voiceOf(run, pair)?.heard ? 1 : 0);
const luma: Reading = (run, pair) => numberOf(tileOf(run, pair)?.meanLuma);
const strangers: Reading = (run, pair) => {
  const tile = tileOf(run, pair);
  return tile ? tile.rightFrames / tile.frames : 0;
};
const ownVoice: Reading = (run, { seen }) => (viewerOf(run, seen)?.ownVoice.heard ? 1 : 0);

/** With nothing broken. */
export const FLOORS: readonly ((run: Run) => Finding)[] = PAIRS.flatMap((pair) => [
  floor(within('share of pictures whose code was read', readable, 0.99, 1, pair)),
  floor(within('share of them in the announced seat', strangers, 0.97, 1, pair)),
  floor(within('share of time frozen', frozenRatio, 0, 0, pair)),
  floor(within('video delay, ms', videoDelayMs, 0, 400, pair)),
  floor(within('audio delay, ms', audioDelayMs, 0, 400, pair)),
  floor(within('lip sync, ms', lipSyncMs, -125, 125, pair)),
  floor(within('voice heard', heard, 1, 1, pair)),
  floor(within('own voice heard', ownVoice, 0, 0, pair)),
]);

function floor(find: Trial['find']): (run: Run) => Finding {
  return (run) => find(run, [])[0] as Finding;
}

export const TRIALS: readonly Trial[] = VICTIMS.flatMap((victim): Trial[] => [
  ...[200, 500].map((ms) => delays(victim, ms)),
  ...[120, 300].map((ms) => lipSyncs(victim, ms)),
  freezes(victim),
  { sabotage: `${victim}:black`, find: within('mean luma', luma, 0, 24, pairOf(victim)) },
  { sabotage: `${victim}:mute`, find: within('voice heard', heard, 0, 0, pairOf(victim)) },
  {
    sabotage: `${victim}:one-way`,
    find: all(
      // One may be on its way when the measuring begins.
      within('share of pictures whose code was read', readable, 0, 0.02, pairOf(victim)),
      within('voice heard', heard, 0, 0, pairOf(victim)),
    ),
  },
  { sabotage: `${victim}:wrong-tile`, find: within('share in the announced seat', strangers, 0, 0.02, pairOf(victim)) },
  { sabotage: `${victim}:own-voice`, find: within('own voice heard', ownVoice, 1, 1, pairOf(victim)) },
  ...[0.05, 0.1].map((ratio) => ({ sabotage: `${victim}:loss=${ratio * 100}%`, find: lost(ratio, victim) })),
]);
