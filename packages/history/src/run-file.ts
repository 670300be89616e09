import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import {
  type Attempt,
  attemptSchema,
  type MatrixRun,
  type RunEnd,
  type RunHead,
  runEndSchema,
  runHeadSchema,
} from './attempt.ts';

/** A run's file: JSON lines, the head first, then each attempt as it ends, and the end. */
export class RunFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Begins it: what was there is gone. */
  begin(head: RunHead): void {
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(this.path, line(head));
  }

  /** After a line that a kill has torn, a new one begins. */
  append(next: Attempt | RunEnd): void {
    const torn = existsSync(this.path) && !/(^|\n)$/.test(readFileSync(this.path, 'utf8'));
    appendFileSync(this.path, `${torn ? '\n' : ''}${line(next)}`);
  }
}

const line = (value: object): string => `${JSON.stringify(value)}\n`;

/** What a file holds; undefined where it has no readable head. Lines that cannot be read are counted, not guessed. */
export function readRunFile(path: string): (MatrixRun & { readonly unreadable: number }) | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const [first = '', ...rest] = text.split('\n').filter((each) => each !== '');
  const head = runHeadSchema.safeParse(parsed(first));
  if (!head.success) return undefined;
  const lines = rest.map((each) => lineSchema.safeParse(parsed(each)).data);
  const last = lines.at(-1);
  return {
    head: head.data,
    attempts: lines.filter((each) => each?.type === 'attempt'),
    ...(last?.type === 'end' ? { end: last } : {}),
    unreadable: lines.filter((each) => each === undefined).length,
  };
}

const lineSchema = z.discriminatedUnion('type', [attemptSchema, runEndSchema]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Matrix runs on disk: `<directory>/<matrix>/<run>.jsonl`. */
export class HistoryDirectory {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  pathOf(matrix: string, id: string): string {
    return join(this.#directory, fileSafe(matrix), `${fileSafe(id)}.jsonl`);
  }

  /** Takes a run in: whole or not at all. One of the same name is replaced. */
  keep(run: MatrixRun): void {
    const path = this.pathOf(run.head.matrix, run.head.id);
    mkdirSync(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, [run.head, ...run.attempts, ...(run.end ? [run.end] : [])].map(line).join(''));
    renameSync(draft, path);
  }

  /** All runs of a matrix, the oldest first. */
  runsOf(matrix: string): MatrixRun[] {
    return globSync('*.jsonl', { cwd: join(this.#directory, fileSafe(matrix)) })
      .flatMap((file) => readRunFile(join(this.#directory, fileSafe(matrix), file)) ?? [])
      .filter(({ head }) => head.matrix === matrix)
      .sort((a, b) => byTime(a.head, b.head));
  }
}

function byTime(a: RunHead, b: RunHead): number {
  return a.startedAt.localeCompare(b.startedAt) || a.id.localeCompare(b.id);
}

function fileSafe(name: string): string {
  return name.replace(/[^\w.+-]/g, '-').replace(/^\.+/, '-');
}
