import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type OwnedProcess, openTemporaryDirectory, spawnOwned } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { CHAOS_RUN, CHAOS_VARIABLE, type ChaosSetting } from './chaos-main-fixture.ts';
import { openLab } from './open-lab.ts';
import { type PostgresServer, startPostgres } from './postgres-fixture.ts';

export interface ChaosOptions {
  readonly engine: 'pglite' | 'postgres';
  readonly faults: number;
  readonly cells: number;
  readonly workers: number;
  readonly seed: number;
  /** The database dies and comes back at every so many-th fault (Postgres; PGlite lives and dies with the coordinator). */
  readonly databaseEvery: number;
  readonly patienceMs: number;
  readonly onNote?: (text: string) => void;
}

export interface ChaosReport {
  readonly engine: string;
  readonly faults: Readonly<Record<string, number>>;
  readonly cells: number;
  /** Cells without a final verdict: must be none. */
  readonly lost: number;
  /** Final verdicts that are not `pass`, or whose evidence is not there: must be none. */
  readonly wrong: number;
  /** Leases that were lost. */
  readonly leasesLost: number;
  /** Cells that were leased more than once. */
  readonly leasedAgain: number;
  /** Results that workers brought too late, and that were refused and written down. */
  readonly lateResults: number;
  /** Results with an older token that were offered afterwards for every cell that was leased again, and taken: must be none. */
  readonly unfenced: number;
  /** Must be none. */
  readonly survivors: readonly string[];
  readonly tookMs: number;
}

/** What must hold, in words; nothing where all does. */
export function objectionsTo(report: ChaosReport, faults: number): string[] {
  const injected = Object.values(report.faults).reduce((sum, count) => sum + count, 0);
  return [
    ...(injected < faults ? [`only ${injected} of ${faults} faults were injected`] : []),
    ...(report.lost > 0 ? [`${report.lost} cells have no verdict`] : []),
    ...(report.wrong > 0 ? [`${report.wrong} verdicts are wrong`] : []),
    ...(report.unfenced > 0 ? [`${report.unfenced} late results were taken`] : []),
    ...(report.survivors.length > 0 ? [`alive: ${report.survivors.join(', ')}`] : []),
  ];
}

const MAIN = join(import.meta.dirname, 'chaos-main-fixture.ts');
const TTL_MS = 1500;
/** Every so many-th fault is the coordinator's. */
const COORDINATOR_EVERY = 8;
/** And every so many-th may hit a worker that has no cell yet. */
const IDLE_EVERY = 5;
const LEAST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 400;

/** Kills and stops the processes of a lab at random while it works through its cells, then looks at what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedMs = performance.now();
  await using temporary = await openTemporaryDirectory('chaos');
  await using postgres = options.engine === 'postgres' ? await startPostgres() : undefined;
  const setting: ChaosSetting = {
    directory: join(temporary.path, 'lab'),
    evidence: join(temporary.path, 'evidence'),
    ...(postgres ? { databaseUrl: postgres.url } : {}),
    cells: options.cells,
    workers: options.workers,
    ttlMs: TTL_MS,
    leastMs: 100,
    mostMs: 900,
  };
  mkdirSync(setting.evidence);
  const chaos = new Chaos(options, setting, postgres);
  await chaos.run();
  const survivors = await survivorsOf(temporary.path);
  return {
    ...(await lookAt(setting)),
    engine: options.engine,
    faults: chaos.injected,
    survivors,
    tookMs: performance.now() - startedMs,
  };
}

class Chaos {
  readonly injected: Record<string, number> = {};
  readonly #options: ChaosOptions;
  readonly #setting: ChaosSetting;
  readonly #postgres: PostgresServer | undefined;
  readonly #stopped = new Set<NodeJS.Timeout>();
  #done = false;

  constructor(options: ChaosOptions, setting: ChaosSetting, postgres: PostgresServer | undefined) {
    this.#options = options;
    this.#setting = setting;
    this.#postgres = postgres;
  }

  /** Starts coordinators, one after the other is killed, until one comes to the end. */
  async run(): Promise<void> {
    const overMs = performance.now() + this.#options.patienceMs;
    const breaking = this.#break();
    let coordinator: OwnedProcess | undefined;
    const patience = setTimeout(() => void coordinator?.stop(0), this.#options.patienceMs);
    try {
      while (performance.now() < overMs) {
        coordinator = spawnOwned(process.execPath, [MAIN, 'coordinator'], {
          name: 'coordinator',
          env: { [CHAOS_VARIABLE]: JSON.stringify(this.#setting) },
        });
        coordinator.stdout.resume();
        const { code } = await coordinator.exited;
        await coordinator.stop();
        if (code === 0) break;
        const words = coordinator.stderrTail().trim().split('\n').slice(-2).join(' / ');
        this.#options.onNote?.(`coordinator ended: ${words}`);
      }
    } finally {
      clearTimeout(patience);
      this.#done = true;
      for (const timer of this.#stopped) clearTimeout(timer);
      await breaking;
    }
  }

  async #break(): Promise<void> {
    const { faults, seed, databaseEvery } = this.#options;
    const random = seededRandom(seed);
    for (let fault = 1; fault <= faults && !this.#done; ) {
      await delay(LEAST_PAUSE_MS + random.next() * (MOST_PAUSE_MS - LEAST_PAUSE_MS));
      if (this.#postgres && fault % databaseEvery === 0) {
        await this.#postgres.restart();
        this.#count('database restarted');
        fault++;
        continue;
      }
      const all = processesOf(this.#setting.directory);
      // The coordinator less often: nothing goes on until it is back.
      const role = fault % COORDINATOR_EVERY === 0 ? 'coordinator' : 'worker';
      const ofRole = all.filter((each) => each.role === role);
      // Mostly those in the middle of a cell: a worker that is still starting has nothing to lose.
      const busy = ofRole.filter(({ pid }) => all.some((each) => each.role === 'cell' && each.parent === pid));
      const wantsBusy = role === 'worker' && fault % IDLE_EVERY !== 0;
      const victims = wantsBusy ? busy : ofRole;
      const victim = victims[random.uint32() % Math.max(1, victims.length)];
      if (!victim) continue;
      const isStop = random.next() < 0.4;
      if (!signal(victim.pid, isStop ? 'SIGSTOP' : 'SIGKILL')) continue;
      // Some go on before their lease is over, some long after; a worker may stay as it is.
      if (isStop && (role === 'coordinator' || random.next() < 0.8)) {
        const timer = setTimeout(() => signal(victim.pid, 'SIGCONT'), random.next() * 2.5 * TTL_MS);
        this.#stopped.add(timer);
      }
      this.#count(`${role} ${isStop ? 'stopped' : 'killed'}`);
      fault++;
      if (fault % 25 === 0) this.#options.onNote?.(`${fault} faults`);
    }
  }

  #count(kind: string): void {
    this.injected[kind] = (this.injected[kind] ?? 0) + 1;
  }
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly role: string;
  readonly words: string;
}

/** All that carry the lab's directory in their environment, but no zombies. */
function processesOf(directory: string): Process[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(directory)) return [];
      const parts = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      const at = parts.findIndex((part) => part.endsWith('chaos-main-fixture.ts'));
      const parent = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      return [
        { pid: Number(pid), parent, role: at === -1 ? '' : (parts[at + 1] ?? ''), words: parts.join(' ').trim() },
      ];
    } catch {
      return [];
    }
  });
}

const CLEAN_MS = 10_000;

async function survivorsOf(directory: string): Promise<string[]> {
  let alive: Process[] = [];
  for (const sinceMs = performance.now(); performance.now() - sinceMs < CLEAN_MS; await delay(100)) {
    alive = processesOf(directory);
    if (alive.length === 0) break;
  }
  return alive.map(({ pid, words }) => `${pid} ${words}`);
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function lookAt(setting: ChaosSetting) {
  await using lab = await openLab({ ...setting, mayOwn: true });
  const results = await lab.service.results(CHAOS_RUN);
  const lateBefore = await lab.service.lateResults(CHAOS_RUN);
  const wrong = results.filter(({ verdict, evidence }) => verdict !== 'pass' || !evidence || !existsSync(evidence));
  const again = results.filter(({ token }) => token > 1);
  // Whoever held an earlier lease comes back now, whatever became of it.
  let unfenced = results.length - new Set(results.map(({ key }) => key)).size;
  for (const { token, evidence } of again) {
    const cell = readFileSync(evidence ?? '', 'utf8');
    const late = { cell, token: token - 1, worker: 'ghost' };
    const taken = await lab.service.settle(late, { verdict: 'fail', durationMs: 0 });
    if (taken.ok) unfenced++;
  }
  const lateAfter = await lab.service.lateResults(CHAOS_RUN);
  if (lateAfter.length !== lateBefore.length + again.length) unfenced++;
  return {
    cells: setting.cells,
    lost: setting.cells - new Set(results.map(({ key }) => key)).size,
    wrong: wrong.length,
    leasesLost: results.reduce((sum, { losses }) => sum + losses.length, 0),
    leasedAgain: again.length,
    lateResults: lateBefore.length,
    unfenced,
  };
}
