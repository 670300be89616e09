import type { RunEvent } from '@plugfest/model';
import type { Conversation } from '../bug.ts';
import type { Finding, Rule, Trace } from './rule.ts';

interface FoundData {
  readonly fault: string | null;
  readonly noEvidence?: string;
}

/** Nothing is wrong in the conversation with the reference bridge. */
export const bugIsAbsent: Rule = {
  cites: 'the scenario’s own citation',
  judge: (trace) => [
    findingOf(trace, 'reference', 'The reference bridge does not have it', (fault) => fault === null, 'nothing wrong'),
  ],
};

/** The same look finds the bug in a peer that has it: else the rule above could not fail. */
export const badPeerIsCaught: Rule = {
  cites: 'negative twin',
  judge: (trace) => [
    findingOf(trace, 'bad-peer', 'A peer that has it is caught', (fault) => fault !== null, 'the bug is seen'),
  ],
};

function findingOf(
  { events }: Trace,
  as: Conversation,
  title: string,
  isRight: (fault: string | null) => boolean,
  limit: string,
): Finding {
  const event = events.find(({ type, data }) => type === 'exchange.found' && data.as === as);
  const found = event?.data as FoundData | undefined;
  return {
    about: as,
    title,
    ...verdictOn(found, isRight),
    limit,
    participants: [],
    evidence: evidenceOf(events, as, event),
  };
}

/** Where the conversation does not show it, nothing is said: a peer that kept silent was not caught. */
function verdictOn(
  found: FoundData | undefined,
  isRight: (fault: string | null) => boolean,
): Pick<Finding, 'verdict' | 'measured'> {
  if (!found) return { verdict: 'inconclusive', measured: 'the conversation was not held' };
  if (found.noEvidence !== undefined) return { verdict: 'inconclusive', measured: found.noEvidence };
  return { verdict: isRight(found.fault) ? 'pass' : 'fail', measured: found.fault ?? 'nothing wrong' };
}

function evidenceOf(events: readonly RunEvent[], as: Conversation, found: RunEvent | undefined): Finding['evidence'] {
  const said = events.filter(({ type, data }) => type === 'exchange.sip' && data.as === as);
  const atUs = said.at(-1)?.atUs ?? found?.atUs;
  const note = `exchange.sip and exchange.media with as="${as}": ${said.length} SIP messages`;
  return [{ file: 'events.jsonl', ...(atUs === undefined ? {} : { atUs }), note }];
}
