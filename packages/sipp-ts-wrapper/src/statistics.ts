/** Why calls failed, by the name of the column in SIPp's statistics. */
const FAILURE_COLUMNS = {
  'cannot-send': 'FailedCannotSendMessage',
  'max-retransmissions': 'FailedMaxUDPRetrans',
  'connection-refused': 'FailedTcpConnect',
  'connection-closed': 'FailedTcpClosed',
  'unexpected-message': 'FailedUnexpectedMessage',
  'call-rejected': 'FailedCallRejected',
  'command-not-sent': 'FailedCmdNotSent',
  'pattern-does-not-match': 'FailedRegexpDoesntMatch',
  'pattern-should-not-match': 'FailedRegexpShouldntMatch',
  'header-not-found': 'FailedRegexpHdrNotFound',
  'outbound-congestion': 'FailedOutboundCongestion',
  'receive-timeout': 'FailedTimeoutOnRecv',
  'send-timeout': 'FailedTimeoutOnSend',
  'test-does-not-match': 'FailedTestDoesntMatch',
  'test-should-not-match': 'FailedTestShouldntMatch',
  'text-does-not-match': 'FailedStrcmpDoesntMatch',
  'text-should-not-match': 'FailedStrcmpShouldntMatch',
} as const;

export type FailureCause = keyof typeof FAILURE_COLUMNS;

/** What SIPp counted since it started. */
export interface SippStatistics {
  readonly elapsedMs: number;
  readonly calls: {
    readonly incoming: number;
    readonly outgoing: number;
    readonly current: number;
    readonly successful: number;
    readonly failed: number;
  };
  /** Only causes that occurred. */
  readonly failures: Partial<Record<FailureCause, number>>;
  /** Messages of no call, and of calls that were over. */
  readonly strayMessages: { readonly outOfCall: number; readonly deadCall: number };
  readonly retransmissions: number;
  readonly autoAnswered: number;
  readonly warnings: number;
  readonly fatalErrors: number;
  /** Calls a second, over the whole time. */
  readonly callRate: number;
  readonly meanCallLengthMs: number;
  /** Mean by timer name. */
  readonly responseTimesMs: Readonly<Record<string, number>>;
}

const DELIMITER = ';';

/** The last complete row of a `-trace_stat` file; undefined where there is none yet. */
export function parseStatistics(csv: string): SippStatistics | undefined {
  const lines = csv.split('\n').slice(0, -1);
  const header = lines[0]?.split(DELIMITER);
  const row = lines.length > 1 ? lines.at(-1)?.split(DELIMITER) : undefined;
  if (!header || !row) return undefined;
  const text = (name: string): string => row[header.indexOf(name)] ?? '';
  const count = (name: string): number => Number(text(name)) || 0;
  return {
    elapsedMs: durationMs(text('ElapsedTime(C)')),
    calls: {
      incoming: count('IncomingCall(C)'),
      outgoing: count('OutgoingCall(C)'),
      current: count('CurrentCall'),
      successful: count('SuccessfulCall(C)'),
      failed: count('FailedCall(C)'),
    },
    failures: Object.fromEntries(
      Object.entries(FAILURE_COLUMNS)
        .map(([cause, column]) => [cause, count(`${column}(C)`)] as const)
        .filter(([, number]) => number > 0),
    ),
    strayMessages: { outOfCall: count('OutOfCallMsgs(C)'), deadCall: count('DeadCallMsgs(C)') },
    retransmissions: count('Retransmissions(C)'),
    autoAnswered: count('AutoAnswered(C)'),
    warnings: count('Warnings(C)'),
    fatalErrors: count('FatalErrors(C)'),
    callRate: count('CallRate(C)'),
    meanCallLengthMs: durationMs(text('CallLength(C)')),
    responseTimesMs: responseTimes(header, text),
  };
}

function responseTimes(header: readonly string[], text: (name: string) => string): Record<string, number> {
  const names = header.flatMap((name) => /^ResponseTime(?!Repartition)(.+?)(?<!StDev)\(C\)$/.exec(name)?.[1] ?? []);
  return Object.fromEntries(names.map((name) => [name, durationMs(text(`ResponseTime${name}(C)`))]));
}

/** `HH:MM:SS` or `HH:MM:SS:uuuuuu`. */
function durationMs(text: string): number {
  const match = /^(\d+):(\d\d):(\d\d)(?::(\d{6}))?/.exec(text);
  if (!match) return 0;
  const [, hours, minutes, seconds, microseconds = '0'] = match;
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Number(microseconds) / 1000;
}
