import { type OwnedProcess, spawnOwned } from '@plugfest/host';

export interface WorkerPoolOptions {
  readonly count: number;
  readonly command: string;
  /** Of the worker with this name. */
  readonly parameters: (name: string) => readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onNote: (text: string) => void;
}

/** A worker that lives shorter than this did not come to work: so many in a row, and its place stays empty. */
const TOO_SHORT_MS = 2000;
const MOST_SHORT_LIVES = 10;
/** Longer than a cell may take to end in order: its worker gives it back then. */
const GRACE_MS = 4000;
const LEAST_REST_MS = 100;
const MOST_REST_MS = 5000;

/** Worker processes of this machine; one that dies has a successor. */
export class WorkerPool implements AsyncDisposable {
  readonly #options: WorkerPoolOptions;
  readonly #running = new Map<number, OwnedProcess>();
  readonly #over = new AbortController();
  readonly #places: Promise<void>[];
  #empty = 0;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.count }, (_, index) => this.#keep(`local-${index + 1}`));
  }

  /** No place has a worker any more: all died again and again. */
  get isEmpty(): boolean {
    return this.#empty === this.#options.count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await Promise.all([...this.#running.values()].map((worker) => worker.stop(GRACE_MS)));
    await Promise.all(this.#places);
  }

  async #keep(name: string): Promise<void> {
    const { command, parameters, env, onNote } = this.#options;
    const { signal } = this.#over;
    for (let shortLives = 0; shortLives < MOST_SHORT_LIVES && !signal.aborted; ) {
      const bornMs = performance.now();
      let words: string;
      try {
        const worker = spawnOwned(command, parameters(name), { name, env });
        this.#running.set(worker.pid, worker);
        worker.stdout.resume();
        const exit = await worker.exited;
        this.#running.delete(worker.pid);
        // What it left behind goes with it, before its successor starts.
        await worker.stop();
        words = `${name} ended (${exit.signal ?? exit.code}): ${worker.stderrTail().trim().split('\n').at(-1) ?? ''}`;
      } catch (fault) {
        words = `${name}: ${fault instanceof Error ? fault.message : String(fault)}`;
      }
      if (signal.aborted) return;
      onNote(words);
      shortLives = performance.now() - bornMs < TOO_SHORT_MS ? shortLives + 1 : 0;
      await rest(Math.min(LEAST_REST_MS * 2 ** shortLives, MOST_REST_MS), signal);
    }
    this.#empty++;
  }
}

function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
