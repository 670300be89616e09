import type { ProcessExit } from '@plugfest/host';
import type { SippError, UnexpectedMessage } from './error-trace.ts';
import type { FailureCause, SippStatistics } from './statistics.ts';

/** How a run of SIPp ended. `errors` are all entries of its error trace. */
export type SippOutcome =
  /** All calls went as written. */
  | { readonly kind: 'completed'; readonly statistics: SippStatistics; readonly errors: readonly SippError[] }
  /** At least one call did not; `cause` is the most frequent. */
  | {
      readonly kind: 'failed';
      readonly cause: FailureCause | 'unknown';
      readonly unexpected?: UnexpectedMessage;
      readonly statistics: SippStatistics | undefined;
      readonly errors: readonly SippError[];
    }
  /** Nobody answered in time: SIPp's own timers, or `deadline`, ours. */
  | {
      readonly kind: 'timed-out';
      readonly cause: TimeoutCause | 'deadline';
      readonly statistics: SippStatistics | undefined;
      readonly errors: readonly SippError[];
    }
  /** By `stop` or by the signal. */
  | { readonly kind: 'stopped'; readonly statistics: SippStatistics | undefined; readonly errors: readonly SippError[] }
  /** SIPp would not begin: a scenario or an option that it refuses, a port that is taken. */
  | { readonly kind: 'refused'; readonly cause: 'port-unavailable' | 'bad-scenario-or-option'; readonly text: string }
  | {
      readonly kind: 'crashed';
      readonly exit: ProcessExit;
      readonly text: string;
      readonly errors: readonly SippError[];
    };

export type TimeoutCause = Extract<FailureCause, 'max-retransmissions' | 'receive-timeout' | 'send-timeout'>;

const TIMEOUT_CAUSES: readonly FailureCause[] = ['max-retransmissions', 'receive-timeout', 'send-timeout'];

/** SIPp's exit codes; it leaves with -1 and -2. */
const EXIT = { allSuccessful: 0, someFailed: 1, internalCommand: 97, noCalls: 99, fatal: 255, cannotBind: 254 };
const GRACEFUL_EXITS: readonly number[] = [EXIT.allSuccessful, EXIT.internalCommand, EXIT.noCalls];

export interface EndOfRun {
  readonly exit: ProcessExit;
  /** What made it end, where it was us. */
  readonly endedBy: 'stop' | 'deadline' | undefined;
  readonly statistics: SippStatistics | undefined;
  readonly errors: readonly SippError[];
  readonly stderr: string;
}

export function judgeOutcome(end: EndOfRun): SippOutcome {
  const { exit, endedBy, statistics, errors } = end;
  // It leaves with code 0 when it is told to end: who told it comes first.
  if (endedBy === 'deadline') return { kind: 'timed-out', cause: 'deadline', statistics, errors };
  if (endedBy === 'stop') return { kind: 'stopped', statistics, errors };
  const hasBegun = (statistics?.calls.incoming ?? 0) + (statistics?.calls.outgoing ?? 0) > 0;
  if (exit.code === EXIT.someFailed && hasBegun) return judgeFailure(end);
  const isGraceful = GRACEFUL_EXITS.includes(exit.code ?? -1);
  if (isGraceful && statistics) return { kind: 'completed', statistics, errors };
  const text = end.stderr.trim() || errors.at(-1)?.text || '';
  const cause = refusalCause(exit.code, text);
  return cause && !hasBegun ? { kind: 'refused', cause, text } : { kind: 'crashed', exit, text, errors };
}

function judgeFailure({ statistics, errors }: EndOfRun): SippOutcome {
  const cause = mostFrequent(statistics?.failures ?? {});
  if (cause && TIMEOUT_CAUSES.includes(cause)) {
    return { kind: 'timed-out', cause: cause as TimeoutCause, statistics, errors };
  }
  const unexpected = errors.find((error) => error.unexpected)?.unexpected;
  return {
    kind: 'failed',
    cause: cause ?? 'unknown',
    statistics,
    errors,
    ...(cause === 'unexpected-message' && unexpected ? { unexpected } : {}),
  };
}

function mostFrequent(failures: SippStatistics['failures']): FailureCause | undefined {
  const [first] = Object.entries(failures).sort(([, a], [, b]) => b - a);
  return first?.[0] as FailureCause | undefined;
}

function refusalCause(code: number | null, text: string): 'port-unavailable' | 'bad-scenario-or-option' | undefined {
  if (code === EXIT.cannotBind || /unable to bind|address already in use/i.test(text)) return 'port-unavailable';
  return code === EXIT.fatal || code === EXIT.someFailed ? 'bad-scenario-or-option' : undefined;
}
