import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { findTool, type OwnedProcess, SpawnFault, spawnOwned } from '@plugfest/host';
import { type ExternalResult, type ExternalSpec, externalResultSchema } from '@plugfest/model';
import { NotSupported } from '../not-supported.ts';

/** A program that the contract calls so says that it cannot do what it was asked for. */
export const UNSUPPORTED_EXIT = 127;
/** A container's own runtime has failed. */
const RUNTIME_FAULT_EXIT = 125;
/** How long a program may take to say that it does not know a name. */
const PROOF_MS = 20_000;
const MAX_RESULT_BYTES = 64 * 1024;
/** Where a container finds the directory. */
const MOUNTED = '/plugfest';

export type ProgramSpec = Extract<ExternalSpec, { form: 'command' | 'container' }>;

/** A program of others, started as its form asks: by itself, or in a container. */
export class Program implements AsyncDisposable {
  readonly exited: OwnedProcess['exited'];
  readonly #process: OwnedProcess;
  readonly #forget: () => Promise<void>;
  readonly #answers: ((line: string) => void)[] = [];

  private constructor(process: OwnedProcess, logFile: string, forget: () => Promise<void>) {
    this.#process = process;
    this.#forget = forget;
    this.exited = process.exited;
    process.stdin?.on('error', () => {});
    const log = (line: string): void => void appendFile(logFile, `${line}\n`).catch(() => {});
    createInterface({ input: process.stderr }).on('line', log);
    createInterface({ input: process.stdout }).on('line', (line) => {
      log(line);
      if (/^(ok|unsupported|failed\b.*)$/.test(line)) this.#answers.shift()?.(line);
    });
  }

  /** @param variables with paths in `directory`; a container has it elsewhere @throws NotSupported, or where it cannot be started */
  static async start(
    spec: ProgramSpec,
    directory: string,
    variables: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<Program> {
    if (spec.form === 'container') return Program.#startContainer(spec, directory, variables, logFile);
    const [command, ...args] = spec.command;
    try {
      const process = spawnOwned(command as string, args, {
        name: `the program ${command}`,
        stdin: 'pipe',
        env: variables,
        ...(spec.directory === undefined ? {} : { cwd: spec.directory }),
      });
      return new Program(process, logFile, async () => {});
    } catch (cause) {
      if (cause instanceof SpawnFault) throw new NotSupported(`${cause.message}: the endpoint's file names it`);
      throw cause;
    }
  }

  static async #startContainer(
    spec: Extract<ProgramSpec, { form: 'container' }>,
    directory: string,
    variables: Readonly<Record<string, string>>,
    logFile: string,
  ): Promise<Program> {
    const runtime = await findTool('container');
    if (!runtime.found)
      throw new NotSupported(`no container can be run here (${runtime.reason}); mend it with: ${runtime.fix}`);
    const name = `plugfest-${randomBytes(6).toString('hex')}`;
    const process = spawnOwned(runtime.path, containerArguments(spec, name, directory, variables), {
      name: `the container ${spec.image}`,
      stdin: 'pipe',
    });
    const forget = async (): Promise<void> => {
      await promisify(execFile)(runtime.path, ['rm', '--force', name]).catch(() => {});
    };
    return new Program(process, logFile, forget);
  }

  /** The last of what it wrote to standard error. */
  get lastWords(): string {
    return this.#process.stderrTail().trim().slice(-300);
  }

  /** Says a line to it and waits for its answer. @throws NotSupported; Error where it fails or ends */
  async ask(line: string): Promise<void> {
    const answered = new Promise<string>((resolve) => this.#answers.push(resolve));
    this.tell(line);
    const answer = await Promise.race([answered, this.exited.then(() => 'failed: it ended')]);
    if (answer === 'unsupported') throw new NotSupported(`the program cannot “${line}”`);
    if (answer !== 'ok') throw new Error(`the program could not “${line}”: ${answer}`);
  }

  tell(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
    await this.#forget();
  }
}

function containerArguments(
  { image, command = [], environment = [] }: Extract<ProgramSpec, { form: 'container' }>,
  name: string,
  directory: string,
  variables: Readonly<Record<string, string>>,
): string[] {
  // A name alone: the runtime takes the value from its own environment, and nobody reads it off the command line.
  const lent = environment.flatMap((name) => ['--env', name]);
  const inside = Object.entries(variables).map(([key, value]) => [
    '--env',
    `${key}=${value.startsWith(`${directory}/`) ? `${MOUNTED}${value.slice(directory.length)}` : value}`,
  ]);
  const user = process.getuid?.() === undefined ? [] : ['--user', `${process.getuid()}:${process.getgid?.() ?? 0}`];
  return [
    ...['run', '--rm', '--interactive', '--init', '--network', 'host', '--name', name, ...user],
    ...['--volume', `${directory}:${MOUNTED}`, ...lent, ...inside.flat(), image, ...command],
  ];
}

/**
 * A program that takes any name for one that it knows would also pass what it never did: so it is first asked for one that nobody knows, and has to say so.
 * @throws NotSupported where it does not
 */
export async function proveItSaysUnsupported(
  spec: ProgramSpec,
  directory: string,
  variables: Readonly<Record<string, string>>,
  logFile: string,
): Promise<void> {
  const scenario = `unknown-${randomBytes(6).toString('hex')}`;
  await using program = await Program.start(spec, directory, { ...variables, PLUGFEST_SCENARIO: scenario }, logFile);
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), PROOF_MS);
  const exit = await Promise.race([program.exited, late.promise]);
  clearTimeout(timer);
  if (exit?.code === UNSUPPORTED_EXIT) return;
  if (spec.form === 'container' && exit?.code === RUNTIME_FAULT_EXIT)
    throw new NotSupported(`the container could not be run: ${program.lastWords}`);
  const instead = exit
    ? `ended with ${exit.signal ?? `exit code ${exit.code}`}`
    : `was still running after ${PROOF_MS / 1000} s`;
  throw new NotSupported(
    `the program must end with exit code ${UNSUPPORTED_EXIT} for a scenario that it does not know; asked for “${scenario}” it ${instead}: ${program.lastWords}`,
  );
}

/** What it left in its result file; undefined where there is none, or it is none. */
export function readResult(directory: string): ExternalResult | undefined {
  try {
    const file = join(directory, 'result.json');
    if (statSync(file).size > MAX_RESULT_BYTES) return undefined;
    return externalResultSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
