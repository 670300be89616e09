import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTool, type OwnedProcess, spawnOwned } from '@plugfest/host';
import { CommandChannel } from './command-channel.ts';
import { parseErrors } from './error-trace.ts';
import { FileTail } from './file-tail.ts';
import { formatScenario, usesCommands } from './format-scenario.ts';
import { MessageTrace, type SippMessage } from './message-trace.ts';
import { judgeOutcome, type SippOutcome } from './outcome.ts';
import { argumentsOf, FILES, type SippOptions } from './sipp-options.ts';
import { parseStatistics, type SippStatistics } from './statistics.ts';

/** SIPp is not here, or cannot do what is asked: `code` says which, the message what mends it. */
export class SippUnavailable extends Error {
  readonly code: 'missing' | 'no-tls';

  constructor(code: SippUnavailable['code'], text: string) {
    super(text);
    this.name = 'SippUnavailable';
    this.code = code;
  }
}

/** A running SIPp. It ends with us, however we end; disposing stops it. */
export class SippProcess implements AsyncDisposable {
  /** Resolves when it has ended and its traces are read; never rejects. */
  readonly outcome: Promise<SippOutcome>;
  readonly #process: OwnedProcess;
  readonly #directory: string;
  readonly #commands: CommandChannel | undefined;
  #endedBy: 'stop' | 'deadline' | undefined;

  private constructor(
    process: OwnedProcess,
    options: SippOptions,
    commands: CommandChannel | undefined,
    resources: AsyncDisposableStack,
  ) {
    this.#process = process;
    this.#directory = options.directory;
    this.#commands = commands;
    const deadline =
      options.deadlineMs === undefined ? undefined : setTimeout(() => void this.#end('deadline'), options.deadlineMs);
    const onAbort = (): void => void this.#end('stop');
    options.signal?.addEventListener('abort', onAbort, { once: true });
    if (options.signal?.aborted) onAbort();
    this.outcome = process.exited.then(async (exit) => {
      const endedBy = this.#endedBy;
      clearTimeout(deadline);
      options.signal?.removeEventListener('abort', onAbort);
      await resources.disposeAsync();
      return judgeOutcome({
        exit,
        endedBy,
        statistics: await this.statistics(),
        errors: parseErrors(await this.#read(FILES.errors)),
        stderr: process.stderrTail(),
      });
    });
  }

  /** @throws ScenarioFault, SippUnavailable, SpawnFault, PortsExhausted */
  static async start(options: SippOptions): Promise<SippProcess> {
    const sipp = await executableFor(options);
    await writeFile(join(options.directory, FILES.scenario), formatScenario(options.scenario), 'latin1');
    await using starting = new AsyncDisposableStack();
    const commands = usesCommands(options.scenario)
      ? starting.use(await CommandChannel.open(options.local.host, (command) => options.onCommand?.(command)))
      : undefined;
    if (options.onMessage && options.tracesMessages !== false) {
      starting.adopt(await tailMessages(options.directory, options.onMessage), (tail) => tail.close());
    }
    const process = spawnOwned(sipp, argumentsOf(options, commands?.port), {
      name: options.name ?? `sipp ${options.scenario.name}`,
      cwd: options.directory,
      env: { TZ: 'UTC', TERM: 'dumb' },
    });
    process.stdout.resume();
    return new SippProcess(process, options, commands, starting.move());
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Says a word to a call that waits for one. @throws where the scenario has no `awaitCommand` or `tell` */
  async command(callId: string, command: string): Promise<void> {
    if (!this.#commands) throw new Error('this scenario takes no commands');
    await this.#commands.say(callId, command);
  }

  /** As they stand: SIPp writes them each second and at its end. */
  async statistics(): Promise<SippStatistics | undefined> {
    return parseStatistics(await this.#read(FILES.statistics));
  }

  /** The screens as SIPp drew them at its end; empty before. */
  screen(): Promise<string> {
    return this.#read(FILES.screen);
  }

  /** What `log` actions wrote. */
  log(): Promise<string> {
    return this.#read(FILES.log);
  }

  /** Ends it, whatever its calls are at. */
  async stop(): Promise<SippOutcome> {
    await this.#end('stop');
    return this.outcome;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(by: 'stop' | 'deadline'): Promise<void> {
    this.#endedBy ??= by;
    await this.#process.stop(500);
  }

  async #read(file: string): Promise<string> {
    return await readFile(join(this.#directory, file), 'latin1').catch(() => '');
  }
}

async function executableFor({ sipp, transport }: SippOptions): Promise<string> {
  const status = await findTool('sipp');
  if (sipp === undefined && !status.found)
    throw new SippUnavailable('missing', `SIPp is missing (${status.reason}); mend it with: ${status.fix}`);
  if (transport === 'tls' && status.found && sipp === undefined && !/-(TLS|SSL)/.test(await versionOf(status.path)))
    throw new SippUnavailable('no-tls', `${status.path} was built without TLS`);
  return sipp ?? (status.found ? status.path : '');
}

/** E.g. `SIPp v3.6.1-TLS-SCTP-PCAP-RTPSTREAM.`: what it was built with follows its version. */
async function versionOf(path: string): Promise<string> {
  await using asking = spawnOwned(path, ['-v'], { name: 'sipp -v' });
  const text = (await asking.stdout.setEncoding('latin1').toArray()).join('');
  return /SIPp v\S+/.exec(text)?.[0] ?? '';
}

async function tailMessages(directory: string, onMessage: (message: SippMessage) => void): Promise<FileTail> {
  const trace = new MessageTrace();
  return await FileTail.open(join(directory, FILES.messages), (bytes) => {
    for (const message of trace.push(bytes)) onMessage(message);
  });
}
