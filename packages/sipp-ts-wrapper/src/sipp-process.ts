import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OwnedProcess, spawnOwned } from '@plugfest/host';
import { MessageTraceFollower, type TracedMessage } from './message-trace.ts';
import { formatScenario, type SippScenario } from './scenario-xml.ts';
import { parseStatistics, type SippStatistics } from './statistics.ts';

export type SippTransport = 'udp' | 'tcp';

export interface SippOptions {
  /** The `sipp` program. */
  readonly command: string;
  /** One of ours, or the name of one that SIPp brings (`uac`, `uas`, …). */
  readonly scenario: SippScenario | string;
  /** An existing directory for scenario, traces and errors; each run writes its own files there. */
  readonly directory: string;
  /** Prefix of these files. */
  readonly name: string;
  /** `host:port` to call; absent for a server. */
  readonly remote?: string;
  readonly localHost: string;
  readonly localPort: number;
  readonly transport?: SippTransport;
  /** Calls to make or take; 1 by default. */
  readonly calls?: number;
  /** New calls a second. */
  readonly callsPerSecond?: number;
  /** The Call-ID of the only call; SIPp's own otherwise. */
  readonly callId?: string;
  /** Ends the whole run. */
  readonly timeoutMs?: number;
  readonly onMessage?: (message: TracedMessage) => void;
  /** More arguments, as SIPp takes them. */
  readonly extraArguments?: readonly string[];
}

/** How a run ended. `failed` has SIPp's own words of why. */
export type SippOutcome =
  | { readonly outcome: 'completed'; readonly statistics: SippStatistics | undefined }
  | { readonly outcome: 'failed'; readonly cause: string; readonly statistics: SippStatistics | undefined }
  | { readonly outcome: 'stopped' }
  | { readonly outcome: 'crashed'; readonly cause: string };

const TRANSPORT_ARGUMENT: Record<SippTransport, string> = { udp: 'u1', tcp: 't1' };
const POLL_MS = 15;
/** SIPp's exit codes: 0 all calls succeeded, 1 at least one failed, 97 ended on command, 99 normal without calls. */
const COMPLETED = 0;
const CALLS_FAILED = 1;

/** One run of SIPp. Its process belongs to who made it. */
export class SippProcess implements AsyncDisposable {
  readonly #child: OwnedProcess;
  readonly #options: SippOptions;
  readonly #follower: MessageTraceFollower | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #polling: Promise<void> = Promise.resolve();
  /** Resolves when SIPp has ended, however it did. */
  readonly ended: Promise<SippOutcome>;

  private constructor(options: SippOptions, child: OwnedProcess) {
    this.#options = options;
    this.#child = child;
    child.stdout.resume();
    if (options.onMessage) {
      this.#follower = new MessageTraceFollower(fileOf(options, 'messages.log'), options.onMessage);
      this.#timer = setInterval(() => this.#poll(), POLL_MS);
    }
    this.ended = this.#end();
  }

  /** @throws SpawnFault where SIPp cannot be started */
  static start(options: SippOptions): SippProcess {
    if (typeof options.scenario !== 'string')
      writeFileSync(fileOf(options, 'scenario.xml'), formatScenario(options.scenario));
    const child = spawnOwned(options.command, argumentsOf(options), {
      name: `sipp ${options.name}`,
      cwd: options.directory,
    });
    return new SippProcess(options, child);
  }

  /** Ends SIPp at once; its calls are not hung up. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#child.stop(300);
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #poll(): Promise<void> {
    this.#polling = this.#polling.then(() => this.#follower?.poll());
    return this.#polling;
  }

  async #end(): Promise<SippOutcome> {
    const { code, signal } = await this.#child.exited;
    clearInterval(this.#timer);
    await this.#poll();
    const statistics = parseStatistics(contentOf(fileOf(this.#options, 'statistics.csv')));
    if (code === COMPLETED) return { outcome: 'completed', statistics };
    if (this.#stopped) return { outcome: 'stopped' };
    if (code === CALLS_FAILED) return { outcome: 'failed', cause: this.#cause('calls failed'), statistics };
    return { outcome: 'crashed', cause: this.#cause(`ended with ${signal ?? `code ${code}`}`) };
  }

  /** SIPp's error file says what was unexpected; what it wrote to standard error says why it could not start. */
  #cause(otherwise: string): string {
    const errors = contentOf(fileOf(this.#options, 'errors.log')).trim();
    return errors.slice(0, 2000) || this.#child.stderrTail().trim().slice(-2000) || otherwise;
  }
}

function argumentsOf(options: SippOptions): string[] {
  const {
    scenario,
    remote,
    localHost,
    localPort,
    transport = 'udp',
    calls = 1,
    callsPerSecond,
    callId,
    timeoutMs,
  } = options;
  return [
    ...(remote ? [remote] : []),
    ...(typeof scenario === 'string' ? ['-sn', scenario] : ['-sf', fileOf(options, 'scenario.xml')]),
    ...['-i', localHost, '-p', String(localPort), '-t', TRANSPORT_ARGUMENT[transport], '-m', String(calls), '-nostdin'],
    ...(callsPerSecond === undefined ? [] : ['-r', String(callsPerSecond)]),
    ...(callId === undefined ? [] : ['-cid_str', callId]),
    ...(timeoutMs === undefined ? [] : ['-timeout', `${timeoutMs}ms`, '-timeout_error']),
    ...(options.onMessage ? ['-trace_msg', '-message_file', fileOf(options, 'messages.log')] : []),
    ...['-trace_err', '-error_file', fileOf(options, 'errors.log')],
    ...['-trace_stat', '-stf', fileOf(options, 'statistics.csv')],
    ...(options.extraArguments ?? []),
  ];
}

function fileOf({ directory, name }: SippOptions, suffix: string): string {
  return join(directory, `${name}.${suffix}`);
}

function contentOf(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}
