import type { Rule } from './rule.ts';

interface StepData {
  readonly name: string;
  readonly cites: string;
  readonly ok: boolean;
  readonly measured: string;
  /** The client's own log, where it has one. */
  readonly log?: string;
}

/** Each step of a Lync client came out: the other side of the wire and the client itself both say so. */
export const lyncSteps: Rule = {
  cites: 'what the client itself understood, and what its partner was sent',
  judge: ({ events }) =>
    events
      .filter(({ type }) => type === 'lync.step')
      .map(({ data, atUs }, at) => {
        const { name, cites, ok, measured, log } = data as unknown as StepData;
        return {
          about: `${at + 1}`,
          title: name,
          verdict: ok ? 'pass' : 'fail',
          measured,
          limit: cites,
          participants: [],
          evidence: [
            ...(log === undefined ? [] : [{ file: log, note: 'the client’s log' }]),
            { file: 'events.jsonl', atUs, note: 'lync.step' },
          ],
        };
      }),
};
