/**
 * How many participants a core carries: CPU per participant in conferences of 2, 4, 8 and 16, against the same codec work done barely in the same run; with one
 * view shared by all at 720p30; and the delay that the bridge adds to pictures and sound, measured on the wire.
 *
 *     npm run bench:density [-- --json | --sizes 4]
 */
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { BridgeProcess } from '@plugfest/bridge';
import { type LayoutName, layoutTiles, type Rect, seededRandom } from '@plugfest/model';
import { DelayProbe } from './density/delay-probe.ts';
import { Feeder } from './density/feeder.ts';
import { type Floor, type FloorOptions, measureFloor } from './density/floor.ts';
import { burst, type CodedPictures, codePortrait, codeSound, humOf } from './density/participant-media.ts';

const SMALL = { width: 640, height: 360, frameRate: 15 } as const;
const LARGE = { width: 1280, height: 720, frameRate: 30 } as const;
/** Of a round: machines are noisy for seconds at a time, so each size has its median round. */
const SECONDS = 8;
const ROUNDS = 3;
/** Until all have come in and been asked for their first pictures. */
const SETTLE_S = 8;
/**
 * What a bridge costs while it runs is asked for, not what its start costs: V8 compiles by how often a function was called, which in a conference of two
 * takes a minute, and until then half as much again is spent. Afterwards the bridge rests until SIP's timers (32 s) have let go of the sixteen calls, and
 * a small conference does not pay for collecting them. The floor's few functions are warmed up, too.
 */
const WARM_UP = { participants: 16, seconds: 30, restS: 40 } as const;
const DELAY_SECONDS = 40;
const LOOKS = 4;

/** What we want. */
const GOALS = { ratio: 1.3, sharedPerCore: 15, pictureP50Ms: 120, pictureP95Ms: 200, soundP50Ms: 80 } as const;

interface Conference extends Omit<FloorOptions, 'seconds'> {
  readonly room: string;
}

interface Row {
  readonly participants: number;
  /** CPU-seconds for a second of conference. */
  readonly bridge: number;
  readonly floor: Floor;
  readonly ratio: number;
  /** Of all rounds, ascending; the row is that of the median. */
  readonly ratios: readonly number[];
  readonly stages: Record<string, number>;
  /** The least that a participant was sent a second: a bridge that does not keep up would look cheap. */
  readonly picturesPerSecond: number;
}

interface Statistics {
  readonly cpuMs: number;
  readonly uptimeMs: number;
  readonly stagesMs: Readonly<Record<string, number>>;
}

async function measureConference(
  bridge: BridgeProcess,
  looks: readonly CodedPictures[],
  conference: Conference,
): Promise<Row> {
  const rounds: Row[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    progress(`${conference.participants} participants, ${conference.height}p, round ${round} of ${ROUNDS}`);
    rounds.push(await measureRound(bridge, looks, { ...conference, room: `${conference.room}-${round}` }));
  }
  rounds.sort((a, b) => a.ratio - b.ratio);
  return { ...(rounds[Math.floor(ROUNDS / 2)] as Row), ratios: rounds.map(({ ratio }) => ratio) };
}

async function measureRound(
  bridge: BridgeProcess,
  looks: readonly CodedPictures[],
  conference: Conference,
): Promise<Row> {
  const floorBefore = await measureFloor(looks, { ...conference, seconds: SECONDS / 2 });
  const measured = await measureBridge(bridge, looks, conference, SETTLE_S);
  const floorAfter = await measureFloor(looks, { ...conference, seconds: SECONDS / 2 });
  const floor = meanOf(floorBefore, floorAfter);
  const ratio = measured.bridge / floor.sum;
  return { participants: conference.participants, ...measured, floor, ratio, ratios: [ratio] };
}

async function measureBridge(
  bridge: BridgeProcess,
  looks: readonly CodedPictures[],
  { room, participants, layout, width, height, frameRate, viewBitrateBps: bitrateBps }: Conference,
  settleS: number,
): Promise<Pick<Row, 'bridge' | 'stages' | 'picturesPerSecond'>> {
  await control(bridge, 'POST', '/conferences', { id: room, layout, width, height, frameRate, bitrateBps });
  await using stack = new AsyncDisposableStack();
  const random = seededRandom(participants);
  const sound = codeSound(humOf(0));
  const target = `sip:${room}@${bridge.addresses.udp}`;
  const feeders: Feeder[] = [];
  for (let k = 0; k < participants; k++) {
    const pictures = looks[k % looks.length] as CodedPictures;
    const name = `feeder${k}`;
    feeders.push(stack.use(await Feeder.open({ name, target, random: random.fork(name), pictures, sound })));
    // As people come: not all pictures in the same millisecond.
    await pause(1000 / frameRate / participants + 1);
  }
  await pause(settleS * 1000);
  const before = await statistics(bridge);
  const shownBefore = feeders.map(({ pictures }) => pictures);
  await pause(SECONDS * 1000);
  const after = await statistics(bridge);
  const seconds = (after.uptimeMs - before.uptimeMs) / 1000;
  const perSecond = (ms: number): number => ms / 1000 / seconds;
  const stages = Object.entries(after.stagesMs).map(
    ([stage, ms]) => [stage, perSecond(ms - (before.stagesMs[stage] ?? 0))] as const,
  );
  return {
    bridge: perSecond(after.cpuMs - before.cpuMs),
    stages: Object.fromEntries(stages),
    picturesPerSecond: Math.min(...feeders.map(({ pictures }, n) => (pictures - (shownBefore[n] ?? 0)) / seconds)),
  };
}

/** Of a conference of four; the first sends what can be timed, the second looks and listens. */
async function measureDelay(bridge: BridgeProcess, looks: readonly CodedPictures[]): Promise<DelayProbe> {
  progress(`delays, ${SETTLE_S + DELAY_SECONDS} s`);
  const layout: LayoutName = 'equal-2x2';
  await control(bridge, 'POST', '/conferences', { id: 'delay', layout, ...SMALL, bitrateBps: 600_000 });
  const stamped = codePortrait(0, { ...SMALL, bitrateBps: 600_000, count: SMALL.frameRate * 12 }, true);
  const [bursts, hum] = [codeSound(burst()), codeSound(humOf(1))];
  const tile = layoutTiles(layout, SMALL.width, SMALL.height)[0] as Rect;
  using probe = new DelayProbe({ units: stamped.units.length, sound: bursts, tile });
  await using feeders = new AsyncDisposableStack();
  const random = seededRandom(99);
  const target = `sip:delay@${bridge.addresses.udp}`;
  for (let k = 0; k < 4; k++) {
    const name = `probe${k}`;
    const common = { name, target, random: random.fork(name), pictures: looks[k] ?? stamped, sound: hum };
    const onSent = probe.sent.bind(probe);
    const onPacket = probe.received.bind(probe);
    const role = [{ pictures: stamped, sound: bursts, onSent }, { onPacket }][k] ?? {};
    feeders.use(await Feeder.open({ ...common, ...role }));
  }
  await pause((SETTLE_S + DELAY_SECONDS) * 1000);
  return probe;
}

async function statistics(bridge: BridgeProcess): Promise<Statistics> {
  return (await control(bridge, 'GET', '/statistics')) as Statistics;
}

async function control(bridge: BridgeProcess, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${bridge.controlUrl}${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

function progress(text: string): void {
  process.stderr.write(`… ${text}\n`);
}

function meanOf(a: Floor, b: Floor): Floor {
  const keys = Object.keys(a) as (keyof Floor)[];
  return Object.fromEntries(keys.map((key) => [key, (a[key] + b[key]) / 2])) as unknown as Floor;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const ms = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`;

/** Below this part of the rate the machine was too busy with other things: what a bridge leaves out costs nothing. */
const KEPT_UP = 0.95;

function tell({ participants, bridge, floor, ratio, ratios, stages, picturesPerSecond }: Row, frameRate: number): void {
  const isValid = picturesPerSecond >= KEPT_UP * frameRate;
  const own = Object.entries(stages).map(([stage, seconds]) => `${stage} ${ms(seconds)}`);
  console.log(
    `${String(participants).padStart(2)} participants: ${ms(bridge / participants)} each, ${ms(bridge)} in all ÷ bare codecs ${ms(floor.sum)} = ${ratio.toFixed(2)}, of ${ratios.map((each) => each.toFixed(2)).join(', ')} (${picturesPerSecond.toFixed(1)} pictures/s${isValid ? '' : ': not kept up, so no valid result'})`,
  );
  console.log(`   bridge: ${own.join(', ')}`);
  console.log(
    `   codecs: decode ${ms(floor.decode)}, scale ${ms(floor.scale)}, encode ${ms(floor.encode)}, sound ${ms(floor.sound)}`,
  );
}

async function run(sizes: readonly number[], parts: ReadonlySet<string>) {
  const looks = (size: typeof SMALL | typeof LARGE, bitrateBps: number): CodedPictures[] =>
    Array.from({ length: LOOKS }, (_, look) => codePortrait(look, { ...size, bitrateBps, count: size.frameRate * 8 }));
  await using bridge = await BridgeProcess.start({ mediaTimeoutMs: 5000 });
  const small = looks(SMALL, 600_000);
  const conference = { ...SMALL, layout: 'equal-4x4', viewBitrateBps: 512_000, isShared: false } as const;
  const { participants: many, seconds, restS } = WARM_UP;
  progress(`warming up on ${many} participants, ${2 * SECONDS + seconds + restS} s`);
  await measureFloor(small, { ...conference, participants: many, seconds: SECONDS });
  await measureBridge(bridge, small, { ...conference, participants: many, room: 'warm-up' }, seconds);
  await pause(restS * 1000);
  const rows: Row[] = [];
  for (const participants of parts.has('sizes') ? sizes : []) {
    rows.push(await measureConference(bridge, small, { ...conference, participants, room: `of${participants}` }));
  }
  const probe = parts.has('delay') ? await measureDelay(bridge, small) : undefined;
  const shared = parts.has('shared')
    ? await measureConference(bridge, looks(LARGE, 1_500_000), {
        ...LARGE,
        ...{ layout: 'single', viewBitrateBps: 1_500_000, isShared: true, participants: 12, room: 'shared' },
      })
    : undefined;
  return {
    rows,
    ...(probe ? { delayMs: { pictures: probe.picturesMs, sounds: probe.soundsMs } } : {}),
    ...(shared ? { shared: { ...shared, perCore: shared.participants / shared.bridge } } : {}),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      sizes: { type: 'string', default: '2,4,8,16' },
      parts: { type: 'string', default: 'sizes,delay,shared' },
    },
  });
  const result = await run(values.sizes.split(',').map(Number), new Set(values.parts.split(',')));
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`conferences at ${SMALL.width}×${SMALL.height}@${SMALL.frameRate}, H.264 and Opus, everybody sees all`);
    console.log(`others; CPU for a second of it (goal: bridge ÷ codecs ≤ ${GOALS.ratio})`);
    for (const row of result.rows) tell(row, SMALL.frameRate);
    if (result.delayMs) {
      const { pictures, sounds } = result.delayMs;
      const [p50, p95] = [quantile(pictures, 0.5), quantile(pictures, 0.95)];
      console.log(
        `added to pictures: p50 ${p50.toFixed(0)} ms (goal ≤ ${GOALS.pictureP50Ms}), p95 ${p95.toFixed(0)} ms (≤ ${GOALS.pictureP95Ms}), ${pictures.length} pictures`,
      );
      console.log(
        `added to sound: p50 ${quantile(sounds, 0.5).toFixed(0)} ms (goal ≤ ${GOALS.soundP50Ms}), ${sounds.length} bursts`,
      );
    }
    if (result.shared) {
      console.log(`one view of ${LARGE.width}×${LARGE.height}@${LARGE.frameRate} for all:`);
      tell(result.shared, LARGE.frameRate);
      console.log(`   ${result.shared.perCore.toFixed(1)} participants a core (goal ≥ ${GOALS.sharedPerCore})`);
    }
  }
}
