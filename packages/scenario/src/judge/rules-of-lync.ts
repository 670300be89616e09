import type { Rule } from './rule.ts';

interface StepData {
  readonly name: string;
  readonly cites: string;
  readonly ok: boolean;
  readonly measured: string;
}

/** Each step of a real Lync client came out: the other side of the wire and the client's own log both say so. */
export const lyncSteps: Rule = {
  cites: 'the client’s own log, and what its partner was sent',
  judge: ({ events }) =>
    events
      .filter(({ type }) => type === 'lync.step')
      .map(({ data, atUs }, at) => {
        const { name, cites, ok, measured } = data as unknown as StepData;
        return {
          about: `${at + 1}`,
          title: name,
          verdict: ok ? 'pass' : 'fail',
          measured,
          limit: cites,
          participants: [],
          evidence: [
            { file: 'work/sipe/finch.log', note: 'the client’s log' },
            { file: 'events.jsonl', atUs, note: 'lync.step' },
          ],
        };
      }),
};
