import type { ScriptedScenario, ScriptedStep } from '@plugfest/scenario';
import { minimise } from '../delta-debugging.ts';
import { PARTS_OF_REPLAY } from './parts-of-replay.ts';
import { PART_KINDS, type PartKind } from './parts-of-scenario.ts';

/** Whether a scenario still fails the same check; undefined where there is no time left to find out. */
export type StillFails = (script: ScriptedScenario) => Promise<boolean | undefined>;

export interface ShrinkProgress {
  readonly probes: number;
  /** What is being left out. */
  readonly what: string;
  readonly script: ScriptedScenario;
}

export interface ShrinkOptions {
  readonly stillFails: StillFails;
  /** Kinds of parts besides those of every scenario, after them. */
  readonly more?: readonly PartKind<unknown>[];
  readonly onProgress?: (progress: ShrinkProgress) => void;
}

export interface Shrunk {
  readonly script: ScriptedScenario;
  readonly probes: number;
  /** False where the time was over before everything was tried. */
  readonly isMinimal: boolean;
}

/** Searches for the smallest scenario that still fails, kind by kind, until nothing more goes. What it is given fails. */
export async function shrinkScenario(script: ScriptedScenario, options: ShrinkOptions): Promise<Shrunk> {
  const search = new Search(script, options);
  const kinds = [...PART_KINDS, ...PARTS_OF_REPLAY, ...(options.more ?? [])];
  for (let before: ScriptedScenario | undefined; before !== search.script && !search.isOver; ) {
    before = search.script;
    for (const kind of kinds) await search.minimise(kind);
    await search.shorten();
  }
  return { script: search.script, probes: search.probes, isMinimal: !search.isOver };
}

class Search {
  script: ScriptedScenario;
  probes = 0;
  isOver = false;
  readonly #options: ShrinkOptions;
  /** What has been tried, by what it is. */
  readonly #known = new Map<string, boolean>();

  constructor(script: ScriptedScenario, options: ShrinkOptions) {
    this.script = script;
    this.#options = options;
  }

  async minimise(kind: PartKind<unknown>): Promise<void> {
    const from = this.script;
    const dialogue = minimise(kind.parts(from));
    let step = dialogue.next();
    while (!step.done && !this.isOver) step = dialogue.next(await this.#try(kind.keep(from, step.value), kind.name));
  }

  /** Seconds of pauses and measurements: one is enough for most. */
  async shorten(): Promise<void> {
    for (const [index, step] of this.script.steps.entries()) {
      const seconds = secondsOf(step);
      for (const fewer of [1, 2].filter((one) => seconds !== undefined && one < seconds)) {
        const steps = this.script.steps.with(index, withSeconds(step, fewer));
        if (this.isOver || (await this.#try({ ...this.script, steps }, 'seconds'))) break;
      }
    }
  }

  /** What fails is what is gone on with. */
  async #try(candidate: ScriptedScenario, what: string): Promise<boolean> {
    const key = JSON.stringify(candidate);
    const known = this.#known.get(key) ?? (key === JSON.stringify(this.script) ? true : undefined);
    if (known !== undefined) return known;
    const fails = await this.#options.stillFails(candidate);
    if (fails === undefined) {
      this.isOver = true;
      return false;
    }
    this.probes++;
    this.#known.set(key, fails);
    if (fails) this.script = candidate;
    this.#options.onProgress?.({ probes: this.probes, what, script: this.script });
    return fails;
  }
}

function secondsOf({ with: [first] }: ScriptedStep): number | undefined {
  const seconds = (first as { readonly seconds?: unknown } | null | undefined)?.seconds;
  return typeof seconds === 'number' ? seconds : undefined;
}

function withSeconds(step: ScriptedStep, seconds: number): ScriptedStep {
  return { ...step, with: [{ ...(step.with[0] as object), seconds }, ...step.with.slice(1)] };
}
