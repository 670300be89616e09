import { isDeepStrictEqual } from 'node:util';
import type { RunEvent } from '@plugfest/model';
import type { Truth, TruthOutcome } from '../truth-table.ts';
import type { Finding, Rule } from './rule.ts';

interface AskedData {
  readonly truth: Truth;
  readonly callee: string;
  readonly expected: TruthOutcome;
  readonly came: TruthOutcome | { readonly statusCode: number };
  readonly diagnostics: string | null;
  readonly source: string;
}

/** Each combination of a truth table came out as its row says, and none is missing. */
export const truth: Rule = {
  cites: 'the truth table’s own rows',
  judge({ events }) {
    const table = events.find(({ type }) => type === 'truth.table');
    const asked = events.filter(({ type }) => type === 'truth.asked');
    return table ? [...asked.map(findingOf), completeness(table, asked)] : [];
  },
};

function findingOf(event: RunEvent): Finding {
  const { truth: row, expected, came, diagnostics, source } = event.data as unknown as AskedData;
  return {
    about: aboutOf(row),
    title: titleOf(row),
    verdict: isDeepStrictEqual(came, expected) ? 'pass' : 'fail',
    measured: `${wordsOf(came)}${diagnostics === null ? '' : ` (ms-diagnostics: ${diagnostics})`}`,
    limit: `${wordsOf(expected)} (${source})`,
    participants: [],
    evidence: [{ file: 'events.jsonl', atUs: event.atUs, note: 'truth.asked' }],
  };
}

function completeness(table: RunEvent, asked: readonly RunEvent[]): Finding {
  const wanted = Number(table.data.combinations);
  const rows = new Set(asked.map(({ data }) => aboutOf((data as unknown as AskedData).truth)));
  return {
    about: 'complete',
    title: 'Every combination was asked for',
    verdict: rows.size === wanted ? 'pass' : 'fail',
    measured: `${rows.size} combinations`,
    limit: `${wanted}`,
    participants: [],
    evidence: [{ file: 'events.jsonl', atUs: table.atUs, note: 'truth.table' }],
  };
}

function aboutOf({
  service,
  setting,
  calleeListsCaller,
  callerListsCallee,
  provider,
  user,
  clientVersion,
}: Truth): string {
  const flags = [calleeListsCaller, callerListsCallee, provider === 'enabled', user === 'enabled'].map((is) =>
    is ? 'y' : 'n',
  );
  return `${service}:${setting}:${flags.join('')}:${clientVersion}`;
}

function titleOf({
  service,
  setting,
  calleeListsCaller,
  callerListsCallee,
  provider,
  user,
  clientVersion,
}: Truth): string {
  const lists = [
    `callee lists caller: ${calleeListsCaller ? 'yes' : 'no'}`,
    `caller lists callee: ${callerListsCallee ? 'yes' : 'no'}`,
  ];
  return `${service} from Skype ${clientVersion}; ${setting}; ${lists.join(', ')}; provider ${provider}; user ${user}`;
}

function wordsOf(outcome: AskedData['came']): string {
  if (typeof outcome === 'string') return outcome;
  return 'refusedBy' in outcome
    ? `refused ${outcome.statusCode} by ${outcome.refusedBy}`
    : `answered ${outcome.statusCode}`;
}
