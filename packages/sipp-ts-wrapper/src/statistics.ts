/** What SIPp counted, of its last `-trace_stat` line. */
export interface SippStatistics {
  readonly successfulCalls: number;
  readonly failedCalls: number;
  readonly totalCalls: number;
  readonly retransmissions: number;
  readonly unexpectedMessages: number;
}

const COLUMNS: Record<keyof SippStatistics, string> = {
  successfulCalls: 'SuccessfulCall(C)',
  failedCalls: 'FailedCall(C)',
  totalCalls: 'TotalCallCreated',
  retransmissions: 'Retransmissions(C)',
  unexpectedMessages: 'FailedUnexpectedMessage(C)',
};

/** Reads a `-trace_stat` file (semicolons, a head line, a line a period); undefined where it holds no complete line. */
export function parseStatistics(csv: string): SippStatistics | undefined {
  const lines = csv.split('\n').filter((line) => line.includes(';'));
  const [head, last] = [lines[0]?.split(';'), lines.at(-1)?.split(';')];
  if (!head || !last || lines.length < 2) return undefined;
  const entries = Object.entries(COLUMNS).map(([key, column]) => [key, Number(last[head.indexOf(column)] ?? 0) || 0]);
  return Object.fromEntries(entries) as unknown as SippStatistics;
}
