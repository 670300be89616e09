import type { SippCommand } from './command-channel.ts';
import type { SippMessage } from './message-trace.ts';
import type { Scenario } from './step.ts';

export type SippTransport = 'udp' | 'tcp' | 'tls';

export interface SippOptions {
  /** For people. */
  readonly name?: string;
  readonly scenario: Scenario;
  /** Exists and is this process's own: scenario and traces are written there. */
  readonly directory: string;
  /** Where calls go; a scenario that begins with receiving needs none. */
  readonly remote?: { readonly host: string; readonly port: number };
  /** A port that was leased for it. */
  readonly local: { readonly host: string; readonly port: number };
  /** `udp` by default; `tls` needs a SIPp that was built with it. */
  readonly transport?: SippTransport;
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string };
  /** Calls after which it ends; 1 by default, `endless` until it is stopped. */
  readonly calls?: number | 'endless';
  /** New calls a second. */
  readonly callRate?: number;
  readonly maxSimultaneousCalls?: number;
  /** `%u` is the number of the call. */
  readonly callId?: string;
  readonly service?: string;
  /** Values of `parameter(name)` in the scenario. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** A CSV file for `field(n)`. */
  readonly injectionFile?: string;
  /** Address of `mediaAddress` and port of `mediaPort`. */
  readonly media?: { readonly host: string; readonly port: number };
  /** It is stopped then, and `timed-out`. */
  readonly deadlineMs?: number;
  /** Answers INFO, NOTIFY, OPTIONS and UPDATE that the scenario does not know. */
  readonly answersAutomatically?: boolean;
  /** False where thousands of calls a second would fill the disk: no messages then. True by default. */
  readonly tracesMessages?: boolean;
  /** Each message as it is sent or received. */
  readonly onMessage?: (message: SippMessage) => void;
  readonly onCommand?: (command: SippCommand) => void;
  /** Stops it. */
  readonly signal?: AbortSignal;
  /** The executable; looked up where absent. */
  readonly sipp?: string;
}

/** Names of the files in the process's directory. */
export const FILES = {
  scenario: 'scenario.xml',
  messages: 'messages.log',
  errors: 'errors.log',
  statistics: 'statistics.csv',
  screen: 'screen.log',
  log: 'actions.log',
} as const;

const TRANSPORT_MODE: Record<SippTransport, string> = { udp: 'u1', tcp: 't1', tls: 'l1' };

/** SIPp's command line. Values that begin with a dash are taken for values: SIPp reads each option with its argument. */
export function argumentsOf(options: SippOptions, commandPort: number | undefined): string[] {
  const { local, remote, calls = 1, media, tls } = options;
  const pairs: (readonly (string | number)[] | false | undefined)[] = [
    ['-sf', FILES.scenario],
    ['-i', local.host],
    ['-bind_local'],
    ['-p', local.port],
    ['-t', TRANSPORT_MODE[options.transport ?? 'udp']],
    tls && ['-tls_cert', tls.certificateFile, '-tls_key', tls.keyFile],
    media && ['-mi', media.host, '-mp', media.port],
    calls !== 'endless' && ['-m', calls],
    options.callRate !== undefined && ['-r', options.callRate],
    options.maxSimultaneousCalls !== undefined && ['-l', options.maxSimultaneousCalls],
    options.callId !== undefined && ['-cid_str', options.callId],
    options.service !== undefined && ['-s', options.service],
    ...Object.entries(options.parameters ?? {}).map(([name, value]) => ['-key', name, value]),
    options.injectionFile !== undefined && ['-inf', options.injectionFile],
    options.answersAutomatically && ['-aa'],
    commandPort !== undefined && ['-3pcc', `${local.host}:${commandPort}`],
    options.tracesMessages !== false && ['-trace_msg', '-message_file', FILES.messages],
    ['-trace_err', '-error_file', FILES.errors],
    ['-trace_stat', '-stf', FILES.statistics, '-fd', 1],
    ['-trace_screen', '-screen_file', FILES.screen],
    ['-trace_logs', '-log_file', FILES.log],
    ['-nostdin'],
    ['-timer_resol', 1],
    remote && [`${remote.host.includes(':') ? `[${remote.host}]` : remote.host}:${remote.port}`],
  ];
  return pairs.flatMap((pair) => (pair ? pair.map(String) : []));
}
