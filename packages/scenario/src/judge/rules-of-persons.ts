import type { Verdict } from '@plugfest/model';
import type { Rule } from './rule.ts';
import { nameOf } from './rule.ts';

const VERDICTS: Readonly<Record<string, Verdict>> = { yes: 'pass', done: 'pass', no: 'fail', cannot: 'unsupported' };

/** What a person was asked about a device, and said of it. No answer proves nothing. */
export const personConfirms: Rule = {
  cites: 'Plugfest evidence rule: what no program can see, a person at the terminal is asked',
  judge({ plan, events }) {
    return events
      .filter(({ type }) => type === 'person.answered')
      .map(({ participant = '', data, atUs }, index) => {
        const answer = String(data.answer);
        return {
          about: `${participant}:${index + 1}`,
          title: `${nameOf(plan, participant)}: ${String(data.question)}`,
          verdict: VERDICTS[answer] ?? 'inconclusive',
          measured: answer === 'none' ? 'no answer in time' : `“${answer}”, after ${Number(data.tookMs)} ms`,
          limit: 'done, or yes',
          participants: [participant],
          evidence: [{ file: 'events.jsonl', note: 'person.answered', atUs }],
        };
      });
  },
};
