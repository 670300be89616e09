import type { Measurements, TileMeasurement, ViewerMeasurement, VoiceMeasurement } from '@plugfest/model';

/** What was measured of a run. */
export interface Run extends Measurements {
  /** When each participant's camera and microphone began. */
  readonly sourceStartedUs: ReadonlyMap<string, number>;
  /** The same run, measured from and to another time. */
  between(fromUs: number, toUs: number): Promise<Measurements>;
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
  readonly name: string;
  /** Below `scenarios/truth/`. */
  readonly scenario: 'broken' | 'steps';
  /** As `--sabotage` takes them. */
  readonly sabotage: readonly string[];
  readonly find: (run: Run) => Finding[] | Promise<Finding[]>;
}

/** Who sees and hears whom in these trials. */
const PAIRS = [
  { viewer: 'browser', seen: 'room' },
  { viewer: 'room', seen: 'browser' },
] as const;
type Pair = (typeof PAIRS)[number];

/** The cameras have 15 pictures a second, as has the view of `broken`. */
const FRAME_MS = 1000 / 15;

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
  return delay && 'mean' in delay ? delay.mean : Number.NaN;
};
const audioDelayMs: Reading = (run, pair) => numberOf(voiceOf(run, pair)?.audioDelayMs);
const lipSyncMs: Reading = (run, pair) => numberOf(tileOf(run, pair)?.lipSyncMs);
const READINGS = { 'video delay': videoDelayMs, 'audio delay': audioDelayMs, 'lip sync': lipSyncMs };
const frozenRatio: Reading = (run, pair) =>
  (tileOf(run, pair)?.frozenMs ?? Number.NaN) / ((run.mediaEndUs - run.mediaStartUs) / 1000);
const readable: Reading = (run, pair) => {
  const tile = tileOf(run, pair);
  return tile ? tile.readableFrames / tile.frames : 0;
};

function numberOf(measured: { readonly value: number } | { readonly notMeasured: string } | undefined): number {
  return measured && 'value' in measured ? measured.value : Number.NaN;
}

/** A delay comes and goes so often in a call, ... */
const STEPS = 15;
/** ... of which so many must have been read, ... */
const LEAST_STEPS = 12;
/** ... the first time so long after camera and microphone began, ... */
const FIRST_STEP_MS = 3000;
/** ... and so long after another. */
const STEP_MS = 2000;
/**
 * The time before and after each that is measured; after it the call may settle. As long as pictures need to meet the bridge's ticks at all distances, and no
 * longer: the less of it, the rarer its playout changes in between.
 */
const WINDOW_MS = 1000;
const SETTLED_MS = 100;

/** When a camera stops for good. */
const STOPS_AT_MS = 5000;

const startedUs = (run: Run, { seen }: Pair): number => run.sourceStartedUs.get(seen) ?? Number.NaN;

/** Sabotage that comes and goes. */
function comingAndGoing(what: string): string[] {
  return Array.from({ length: Math.ceil(STEPS / 2) }, (_, n) => {
    const fromMs = FIRST_STEP_MS + 2 * n * STEP_MS;
    return `${what}@${fromMs / 1000}s-${(fromMs + STEP_MS) / 1000}s`;
  });
}

/**
 * A reading moves by so much, and back, within the call. The chain itself is the same before and after a step, as long as the amount is a whole number of the
 * bridge's blocks of sound, 20 ms: else the waiting for the next of them differs, truly. It does move by itself at times, by a block, as its buffers follow
 * the jitter; that is true as well, and why it is what most steps agree in that is held against what was injected.
 */
function moves(
  of: 'video delay' | 'audio delay' | 'lip sync',
  byMs: number,
  limitMs: number,
  pair: Pair,
): Trial['find'] {
  const reading = READINGS[of];
  const windowUs = 1000 * WINDOW_MS;
  return async (run) => {
    const found: number[] = [];
    for (let n = 0; n < STEPS; n++) {
      const atUs = startedUs(run, pair) + (FIRST_STEP_MS + n * STEP_MS) * 1000;
      const settledUs = atUs + (Math.abs(byMs) + SETTLED_MS) * 1000;
      const before = reading(await run.between(atUs - windowUs, atUs), pair);
      const after = reading(await run.between(settledUs, settledUs + windowUs), pair);
      found.push(n % 2 === 0 ? after - before : before - after);
    }
    const measured = found.filter(Number.isFinite).sort((a, b) => a - b);
    const usual = closestMean(measured);
    const near = measured.filter((value) => Math.abs(value - byMs) <= limitMs).length;
    return [
      {
        what: `${of}, ${pair.viewer} of ${pair.seen}`,
        truth: `${byMs} ms`,
        value: `${usual.toFixed(1)} ms`,
        limit: `±${limitMs.toFixed(1)} ms (${near} of ${measured.length} steps within, ${measured[0]?.toFixed(1)} to ${measured.at(-1)?.toFixed(1)})`,
        holds: measured.length >= LEAST_STEPS && Math.abs(usual - byMs) <= limitMs,
      },
    ];
  };
}

/** So large a share of the steps must agree. */
const AGREEING = 0.4;

/** The mean of those that lie closest together. @see Rousseeuw and Leroy 1987, Robust Regression and Outlier Detection, §4.2 (the shorth, of a half) */
function closestMean(sorted: readonly number[]): number {
  const count = Math.ceil(sorted.length * AGREEING);
  const spans = Array.from({ length: sorted.length - count + 1 }, (_, at) => ({
    at,
    span: (sorted[at + count - 1] ?? 0) - (sorted[at] ?? 0),
  }));
  const { at = 0 } = spans.sort((a, b) => a.span - b.span)[0] ?? {};
  return sorted.slice(at, at + count).reduce((sum, value) => sum + value / count, 0);
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
  return async (run) => (await Promise.all(finders.map((find) => find(run)))).flat();
}

/** Of 1000 runs with nothing wrong one is outside: at 95 % one table in five would have such a row. */
const LOSS_Z = 3.29;

/** Share of all RTP that the wire saw lost on its ways from and to the participant. */
function lost(ratio: number, participant: string): Trial['find'] {
  return (run) => {
    const measured = viewerOf(run, participant)?.packets.lossRatio;
    const [value, n] = measured && 'value' in measured ? [measured.value, measured.n] : [Number.NaN, 0];
    const margin = LOSS_Z * Math.sqrt((ratio * (1 - ratio)) / n);
    return [
      {
        what: `packets lost, of ${n} from and to ${participant}`,
        truth: `${ratio * 100} %`,
        value: `${(100 * value).toFixed(2)} %`,
        limit: `±${(100 * margin).toFixed(2)}: in the binomial interval of 99.9 %`,
        holds: Math.abs(value - ratio) <= margin,
      },
    ];
  };
}

function delays(victim: Pair['seen'], ms: number): Trial {
  const pair = pairOf(victim);
  const find = all(moves('video delay', ms, FRAME_MS / 2, pair), moves('audio delay', ms, 1, pair));
  const broken = `${victim}:delay=${ms}ms`;
  return { name: broken, scenario: 'steps', sabotage: comingAndGoing(broken), find };
}

function lipSyncs(victim: Pair['seen'], ms: number): Trial {
  const find = moves('lip sync', -ms, 10, pairOf(victim));
  const broken = `${victim}:lipsync=${ms}ms`;
  return { name: broken, scenario: 'steps', sabotage: comingAndGoing(broken), find };
}

/** One freeze, from the time at which the camera stopped, seen with the delay that pictures had until then, to the end. */
function freezes(victim: Pair['seen']): Trial {
  const pair = pairOf(victim);
  const find: Trial['find'] = async (run) => {
    const found = tileOf(run, pair)?.freezes ?? [];
    const [freeze] = found;
    const stoppedUs = startedUs(run, pair) + STOPS_AT_MS * 1000;
    const delayMs = videoDelayMs(await run.between(run.mediaStartUs, stoppedUs), pair);
    const lateMs = freeze ? (freeze.startUs - stoppedUs) / 1000 : Number.NaN;
    const leftMs = freeze ? run.mediaEndUs / 1000 - freeze.startUs / 1000 - freeze.durationMs : Number.NaN;
    const what = `${pair.viewer} of ${pair.seen}`;
    const limit = `a picture of the view, ±${FRAME_MS.toFixed(1)} ms`;
    return [
      {
        what: `one freeze, to the end, ${what}`,
        truth: '1, 0 ms left',
        value: `${found.length}, ${leftMs.toFixed(1)} ms`,
        limit,
        holds: found.length === 1 && Math.abs(leftMs) <= FRAME_MS,
      },
      {
        what: `stands still after the camera stopped, ${what}`,
        truth: `${delayMs.toFixed(1)} ms`,
        value: `${lateMs.toFixed(1)} ms`,
        limit,
        holds: Math.abs(lateMs - delayMs) <= FRAME_MS,
      },
    ];
  };
  return once(`${victim}:freeze@${STOPS_AT_MS / 1000}s`, find);
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
export const FLOORS: Trial['find'] = all(
  ...PAIRS.flatMap((pair) => [
    within('share of pictures whose code was read', readable, 0.99, 1, pair),
    within('share of them in the announced seat', strangers, 0.97, 1, pair),
    within('share of time frozen', frozenRatio, 0, 0, pair),
    within('video delay, ms', videoDelayMs, 0, 400, pair),
    within('audio delay, ms', audioDelayMs, 0, 400, pair),
    within('lip sync, ms', lipSyncMs, -125, 125, pair),
    within('voice heard', heard, 1, 1, pair),
    within('own voice heard', ownVoice, 0, 0, pair),
  ]),
);

function once(sabotage: string, find: Trial['find']): Trial {
  return { name: sabotage, scenario: 'broken', sabotage: [sabotage], find };
}

export const TRIALS: readonly Trial[] = VICTIMS.flatMap((victim): Trial[] => [
  ...[200, 400].map((ms) => delays(victim, ms)),
  ...[120, 300].map((ms) => lipSyncs(victim, ms)),
  freezes(victim),
  once(`${victim}:black`, within('mean luma', luma, 0, 24, pairOf(victim))),
  once(`${victim}:mute`, within('voice heard', heard, 0, 0, pairOf(victim))),
  once(
    `${victim}:one-way`,
    all(
      // One may be on its way when the measuring begins.
      within('share of pictures whose code was read', readable, 0, 0.02, pairOf(victim)),
      within('voice heard', heard, 0, 0, pairOf(victim)),
    ),
  ),
  once(`${victim}:wrong-tile`, within('share in the announced seat', strangers, 0, 0.02, pairOf(victim))),
  once(`${victim}:own-voice`, within('own voice heard', ownVoice, 1, 1, pairOf(victim))),
  ...[0.05, 0.1].map((ratio) => once(`${victim}:loss=${ratio * 100}%`, lost(ratio, victim))),
]);
