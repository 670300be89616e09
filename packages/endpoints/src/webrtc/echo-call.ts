import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory, hostClock } from '@plugfest/host';
import { ParticipantSource, readCapture, readCodeStrip } from '@plugfest/media';
import { type EndpointKind, type ParticipantPlan, SENT_MS_MODULUS, seededRandom } from '@plugfest/model';
import { MediaWire } from '@plugfest/wire';
import type { Endpoint, JoinTarget, OpenEndpoint } from '../endpoint.ts';

const FRAME_RATE = 15;

/** For tests: an endpoint with all that it is given, and what it said. */
export class EchoCall implements AsyncDisposable {
  readonly directory: string;
  readonly events: { readonly type: string; readonly data: Record<string, unknown> }[] = [];
  readonly #resources = new AsyncDisposableStack();
  #endpoint: Endpoint | undefined;

  private constructor(directory: string) {
    this.directory = directory;
    this.#resources.defer(() => rm(directory, { recursive: true, force: true }));
  }

  static async open(kind: EndpointKind, open: OpenEndpoint): Promise<EchoCall> {
    const call = new EchoCall(await mkdtemp(join(tmpdir(), 'plugfest-echo-')));
    const plan = planOf(kind);
    call.#endpoint = call.#resources.use(
      await open({
        clock: hostClock,
        random: seededRandom(1),
        plan,
        source: await ParticipantSource.prepare({ participant: plan, cacheDir: cacheDirectory() }),
        captureFile: call.captureFile,
        workDir: call.directory,
        sabotage: [],
        signal: new AbortController().signal,
        emit: (type, data = {}) => void call.events.push({ type, data }),
        openWire: async (mLines) =>
          call.#resources.use(
            await MediaWire.open({ participant: plan.id, clock: hostClock, random: seededRandom(2), mLines }),
          ),
      }),
    );
    return call;
  }

  get captureFile(): string {
    return join(this.directory, 'capture.mkv');
  }

  get endpoint(): Endpoint {
    if (!this.#endpoint) throw new Error('there is no endpoint');
    return this.#endpoint;
  }

  event(type: string): Record<string, unknown> | undefined {
    return this.events.find((event) => event.type === type)?.data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

/** For tests: where an echo is called. */
export function targetAt(url: string): JoinTarget {
  return { conferenceUri: 'sip:room@echo.example', bridge: { ws: url } };
}

/** For tests: what a capture shows of pictures that their sender got back. */
export interface EchoedPictures {
  readonly pictures: number;
  /** Of them, those whose code was not read, or is another's. */
  readonly strange: number;
  /** Distinct source frames over those sent between the first and the last that came back. */
  readonly ratio: number;
  /** Captured minus sent, in order of size. */
  readonly agesMs: readonly number[];
}

export async function readEchoed(path: string): Promise<EchoedPictures> {
  const agesMs: number[] = [];
  const numbers = new Set<number>();
  let [pictures, strange] = [0, 0];
  for await (const item of readCapture(path)) {
    if (item.kind === 'audio') continue;
    pictures++;
    const code = readCodeStrip(item.frame);
    if (code?.participant !== planOf('browser').number) {
      strange++;
      continue;
    }
    numbers.add(code.frameNumber);
    const ageMs = (item.frame.ptsUs / 1000 - code.sentMs) % SENT_MS_MODULUS;
    agesMs.push(ageMs > SENT_MS_MODULUS / 2 ? ageMs - SENT_MS_MODULUS : ageMs);
  }
  const span = Math.max(...numbers) - Math.min(...numbers) + 1;
  return { pictures, strange, ratio: numbers.size / span, agesMs: agesMs.toSorted((a, b) => a - b) };
}

function planOf(kind: EndpointKind): ParticipantPlan {
  return {
    id: 'echo',
    number: 7,
    name: 'Écho',
    kind,
    profile: 'test',
    uri: 'sip:echo@x.example',
    simulated: false,
    look: 0,
    video: { width: 320, height: 180, frameRate: FRAME_RATE },
  };
}
