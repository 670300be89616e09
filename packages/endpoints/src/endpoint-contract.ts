import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { findTool, hostClock, type ToolName } from '@plugfest/host';
import { type ParticipantSource, readCapture } from '@plugfest/media';
import { type EndpointKind, type ParticipantPlan, seededRandom } from '@plugfest/model';
import { MediaWire } from '@plugfest/wire';
import { describe, expect, test } from 'vitest';
import type { Endpoint, EndpointContext, JoinTarget, OpenEndpoint } from './endpoint.ts';

/** Where the contract is tried: a bridge, with somebody in the conference who shows a picture and talks. */
export interface ContractStage {
  readonly target: JoinTarget;
  /** A conference that the bridge refuses with 486. */
  readonly refusing: JoinTarget;
  readonly source: ParticipantSource;
  /** Exists; nothing else is written there. */
  readonly directory: string;
  /** Addresses (`sip:user@domain`) of who is in the conference, as the bridge sees it. */
  roster(): Promise<string[]>;
  /** Processes that were started from here, and what they have started. */
  processes(): number[];
  /** Where temporary files go. */
  readonly temporary: string;
}

/** What each kind cannot do without on the machine. */
const NEEDS: Record<EndpointKind, readonly ToolName[]> = {
  federated: [],
  'sip-room': ['sipp', 'ffmpeg'],
  'webrtc-node': [],
  browser: ['chromium'],
  firefox: ['firefox', 'pulseaudio', 'pacat'],
  baresip: ['baresip', 'xvfb', 'pulseaudio', 'pacat', 'ffmpeg'],
  gstreamer: ['gstreamer'],
  external: [],
};
/** What may be killed under an endpoint that then is to say so: by what its command line has in it. */
const MORTAL: Record<EndpointKind, readonly (readonly [what: string, commandLine: RegExp])[]> = {
  federated: [],
  'sip-room': [
    ['SIPp', /sipp .*-sf scenario\.xml/],
    ['camera', /-f rawvideo .*libx264/],
    ['screen', /receiver\.sdp/],
  ],
  'webrtc-node': [['client', /webrtc-node.client\.ts/]],
  browser: [
    ['page', /--type=renderer/],
    ['browser', /^(?!.*--type=).*--remote-debugging-port/],
  ],
  firefox: [
    ['page', /-contentproc .* tab $/],
    ['browser', /--remote-debugging-port/],
  ],
  baresip: [
    ['program', /\/baresip -f /],
    ['screen', /Xvfb /],
    ['sound-card', /pulseaudio /],
    ['recorder', /x11grab/],
  ],
  gstreamer: [['process', /webrtc-peer\.py/]],
  external: [],
};
const CALL_MS = 1200;
const PROMPT_MS = 5000;
/** Of 32768: louder than what codecs make of silence. */
const AUDIBLE = 300;
/** What a test may not leave open in our own process. */
const SOCKETS = new Set(['UDPWrap', 'TCPServerWrap', 'ProcessWrap']);

/** What every kind of endpoint does, whatever plays it. Where a tool is missing the kind is skipped and says why. */
export async function describeEndpointContract(
  plan: ParticipantPlan,
  open: OpenEndpoint,
  stage: () => ContractStage,
): Promise<void> {
  const missing = await missingTool(plan.kind);
  if (missing) console.warn(`skipped: the contract of ${plan.kind}: ${missing}`);
  describe.skipIf(missing !== undefined)(`the contract of ${plan.kind}`, () => {
    test('joins, shows and plays, hangs up, leaves nothing', async () => {
      await using trial = await Trial.open(plan, open, stage(), 'call');
      await callAndHangUp(trial, stage());
      await trial.expectNothingLeft();
    });
    test('tells a refusal with its status', async () => {
      await using trial = await Trial.open(plan, open, stage(), 'refused');
      const outcome = await trial.endpoint.join(stage().refusing);
      expect(outcome).toMatchObject({
        joined: false,
        refusal: { participant: plan.id, statusCode: 486, reasonPhrase: 'Busy Here' },
      });
      await trial.endpoint.hangUp();
      await trial.expectNothingLeft();
    });
    test('leaves nothing when it is disposed of in mid-call', async () => {
      await using trial = await Trial.open(plan, open, stage(), 'disposed');
      expect(await trial.endpoint.join(stage().target)).toMatchObject({ joined: true });
      await trial.expectNothingLeft();
      expect(trial.events).not.toContain('endpoint.fault');
    });
    test('leaves nothing when it is interrupted while it calls', async () => {
      await using trial = await Trial.open(plan, open, stage(), 'interrupted');
      const settled = Promise.allSettled([trial.endpoint.join(stage().target)]);
      trial.interruption.abort(new Error('interrupted'));
      expect(await Promise.race([settled, elapse(PROMPT_MS, 'still calling')])).not.toBe('still calling');
      await trial.expectNothingLeft();
    });
    test.each(MORTAL[plan.kind])('tells once that its %s is gone, and ends as ever', async (what, commandLine) => {
      await using trial = await Trial.open(plan, open, stage(), `without-${what}`);
      await loseInCall(trial, stage(), commandLine);
      await trial.expectNothingLeft();
    });
  });
}

async function loseInCall({ endpoint, events }: Trial, stage: ContractStage, commandLine: RegExp): Promise<void> {
  expect(await endpoint.join(stage.target)).toMatchObject({ joined: true });
  const victims = stage.processes().filter((pid) => commandLine.test(commandLineOf(pid)));
  expect(victims).not.toHaveLength(0);
  for (const pid of victims) process.kill(pid, 'SIGKILL');
  await expect.poll(() => events, { timeout: PROMPT_MS }).toContain('endpoint.fault');
  expect(await Promise.race([endpoint.hangUp(), elapse(PROMPT_MS, 'still hanging up')])).toBeUndefined();
  expect(events.filter((type) => type === 'endpoint.fault')).toHaveLength(1);
}

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

async function callAndHangUp(trial: Trial, stage: ContractStage): Promise<void> {
  const { endpoint, plan } = trial;
  const beganUs = hostClock.nowUs();
  const outcome = await endpoint.join(stage.target);
  expect(outcome).toMatchObject({
    joined: true,
    audioCodec: expect.stringMatching(/^(opus|G722|PCM[UA])$/i),
    videoCodec: expect.stringMatching(/^(H264|VP8|X-H264UC)$/i),
  });
  await endpoint.mediaReady;
  expect(await stage.roster()).toContain(plan.uri);
  await elapse(CALL_MS);
  await endpoint.hangUp();
  await expect.poll(() => stage.roster()).not.toContain(plan.uri);
  expect(trial.events.filter((type) => type === 'source.started')).toHaveLength(1);
  expect(trial.events).not.toContain('endpoint.fault');
  await expectCapture(trial.captureFile, beganUs, hostClock.nowUs());
  // Again, and again later, is nothing.
  await endpoint.hangUp();
}

async function expectCapture(path: string, beganUs: number, endedUs: number): Promise<void> {
  expect(JSON.parse(readFileSync(`${path}.json`, 'utf8'))).toMatchObject({ originUs: expect.any(Number) });
  const pictureTimes: number[] = [];
  let [loudest, samples] = [0, 0];
  for await (const item of readCapture(path)) {
    if (item.kind === 'video') {
      expect(item.frame.data).toHaveLength((item.frame.width * item.frame.height * 3) / 2);
      pictureTimes.push(item.frame.ptsUs);
    } else {
      samples += item.chunk.samples.length;
      for (const sample of item.chunk.samples) loudest = Math.max(loudest, Math.abs(sample));
    }
  }
  // Half of what the call's length would give: enough to be a moving picture with sound, little enough for a busy machine.
  expect(pictureTimes.length).toBeGreaterThan((15 * CALL_MS) / 1000 / 2);
  expect(samples).toBeGreaterThan((48 * CALL_MS) / 2);
  expect(loudest).toBeGreaterThan(AUDIBLE);
  expect(pictureTimes).toEqual(pictureTimes.toSorted((a, b) => a - b));
  // On the run's clock, not on the file's.
  expect(pictureTimes[0]).toBeGreaterThan(beganUs);
  expect(pictureTimes.at(-1)).toBeLessThan(endedUs);
}

async function missingTool(kind: EndpointKind): Promise<string | undefined> {
  for (const name of NEEDS[kind]) {
    const tool = await findTool(name);
    if (!tool.found) return `${name}: ${tool.reason}; mend it with: ${tool.fix}`;
  }
  return undefined;
}

/** One endpoint on trial, with all that it is given and what was there before it. */
class Trial implements AsyncDisposable {
  readonly plan: ParticipantPlan;
  readonly captureFile: string;
  readonly interruption = new AbortController();
  /** Types of what it said. */
  readonly events: string[] = [];
  readonly #stage: ContractStage;
  readonly #name: string;
  readonly #resources = new AsyncDisposableStack();
  readonly #before: Leftovers;
  #endpoint: Endpoint | undefined;

  private constructor(plan: ParticipantPlan, stage: ContractStage, name: string) {
    this.plan = plan;
    this.captureFile = join(stage.directory, `${plan.id}-${name}.mkv`);
    this.#stage = stage;
    this.#name = name;
    this.#before = leftovers(stage);
  }

  static async open(plan: ParticipantPlan, open: OpenEndpoint, stage: ContractStage, name: string): Promise<Trial> {
    const trial = new Trial(plan, stage, name);
    const workDir = join(stage.directory, `${plan.id}-${name}`);
    await mkdir(workDir);
    trial.#endpoint = await open(trial.#context(workDir));
    return trial;
  }

  get endpoint(): Endpoint {
    if (!this.#endpoint) throw new Error('there is no endpoint');
    return this.#endpoint;
  }

  /** Disposes of the endpoint and closes its wire; no process, no socket, no temporary file remains. */
  async expectNothingLeft(): Promise<void> {
    const dispose = async (): Promise<string> => {
      await this.#endpoint?.[Symbol.asyncDispose]();
      return 'disposed';
    };
    expect(await Promise.race([dispose(), elapse(PROMPT_MS, 'still open')])).toBe('disposed');
    await this.#resources.disposeAsync();
    await expect.poll(() => newSince(this.#before, leftovers(this.#stage))).toEqual({});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endpoint?.[Symbol.asyncDispose]();
    await this.#resources.disposeAsync();
  }

  #context(workDir: string): EndpointContext {
    const { plan, captureFile, interruption } = this;
    // Another for each trial: the bridge takes a request with the tags and the branch of an earlier one for its retransmission.
    const random = seededRandom(plan.number).fork(this.#name);
    return {
      clock: hostClock,
      random,
      plan,
      captureFile,
      workDir,
      source: this.#stage.source,
      sabotage: [],
      signal: interruption.signal,
      emit: (type) => void this.events.push(type),
      openWire: async (mLines) =>
        this.#resources.use(
          await MediaWire.open({ participant: plan.id, clock: hostClock, random: random.fork('wire'), mLines }),
        ),
    };
  }
}

/** Everything that is counted, by its name. */
type Leftovers = Record<string, number>;

function leftovers({ processes, temporary }: ContractStage): Leftovers {
  const open = process.getActiveResourcesInfo().filter((name) => SOCKETS.has(name));
  const files = existsSync(temporary) ? readdirSync(temporary) : [];
  const counts: Leftovers = {};
  for (const name of [...open, ...files, ...processes().map((pid) => `process ${pid}`)])
    counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function newSince(before: Leftovers, after: Leftovers): Leftovers {
  return Object.fromEntries(Object.entries(after).filter(([name, count]) => count > (before[name] ?? 0)));
}
