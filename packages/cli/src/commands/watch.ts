import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { interruption, type OwnedProcess, spawnOwned } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { scenarioSources } from '@plugfest/repro';
import { findScenarios } from '@plugfest/scenario';
import { FLAGSHIP, SCENARIOS_ROOT } from '../paths.ts';
import { style } from '../terminal.ts';

/** An editor writes a file more than once for one save. */
const SETTLE_MS = 150;

/**
 * Runs scenarios again whenever one of their sources is saved, each time in a process of its own: what was imported before is not imported again in one. A save in
 * the middle of a run interrupts it. Ends at SIGINT.
 * @param args of `plugfest run`, without `--watch`
 */
export async function watchRuns(paths: readonly string[], args: readonly string[]): Promise<number> {
  using interrupted = interruption();
  const scenarios = (paths.length > 0 ? paths : [FLAGSHIP]).flatMap((path) => findScenarios(path, SCENARIOS_ROOT));
  while (!interrupted.signal.aborted) {
    const sources = new Set(scenarios.flatMap(({ path }) => [path, ...sourcesOf(path)]));
    using saved = new Saves(sources);
    await using run = startRun(args);
    const interrupt = (): void => void run.stop();
    interrupted.signal.addEventListener('abort', interrupt, { once: true });
    const first = await Promise.race([
      run.exited.then(() => 'ended' as const),
      saved.next.then(() => 'saved' as const),
    ]);
    if (first === 'ended' && !interrupted.signal.aborted) {
      process.stderr.write(`${style('dim', `waiting for ${sources.size} files to be saved; Ctrl-C ends`)}\n`);
      await Promise.race([saved.next, aborted(interrupted.signal)]);
    }
    interrupted.signal.removeEventListener('abort', interrupt);
  }
  return EXIT.interrupted;
}

/** A scenario from elsewhere brings what lies beside it. */
function sourcesOf(path: string): string[] {
  const root = relative(SCENARIOS_ROOT, path).startsWith('..') ? dirname(path) : SCENARIOS_ROOT;
  return scenarioSources(path, root).map((source) => resolve(root, source));
}

function startRun(args: readonly string[]): OwnedProcess {
  const main = resolve(import.meta.dirname, '../main.ts');
  const run = spawnOwned(process.execPath, [...process.execArgv, main, 'run', ...args], { name: 'plugfest run' });
  run.stdout.pipe(process.stdout, { end: false });
  run.stderr.pipe(process.stderr, { end: false });
  return run;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Files that are waited for. Their folders are watched: an editor may put a new file in an old one's place. */
export class Saves implements Disposable {
  /** Resolves when one of them was saved, and for a moment nothing more. */
  readonly next: Promise<void>;
  readonly #watchers: readonly FSWatcher[];
  #settling: NodeJS.Timeout | undefined;

  constructor(files: ReadonlySet<string>) {
    const saved = Promise.withResolvers<void>();
    this.next = saved.promise;
    const folders = new Set(Array.from(files, (file) => dirname(file)));
    this.#watchers = Array.from(folders, (folder) => {
      const names = new Set([...files].filter((file) => dirname(file) === folder).map((file) => basename(file)));
      return watch(folder, (_, name) => {
        if (name === null || !names.has(name)) return;
        clearTimeout(this.#settling);
        this.#settling = setTimeout(saved.resolve, SETTLE_MS);
      });
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
  }
}
