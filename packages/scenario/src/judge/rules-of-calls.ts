import type { Finding, Rule, Trace } from './rule.ts';
import { nameOf } from './rule.ts';

/** The call of each participant was answered and set up. */
export const joins: Rule = {
  cites: 'RFC 3261 §13.2.2.4',
  judge(trace, { participants }) {
    const expected = participants ?? trace.plan.participants.map(({ id }) => id);
    return expected.map((id) => joinOf(trace, id));
  },
};

function joinOf({ plan, measurements, events }: Trace, id: string): Finding {
  const refusal = measurements.refusals.find(({ participant }) => participant === id);
  const joined = measurements.joined.includes(id);
  const event = events.find(
    ({ type, participant }) => participant === id && type === (joined ? 'participant.joined' : 'participant.refused'),
  );
  return {
    about: id,
    title: `${nameOf(plan, id)} joins the conference`,
    verdict: joined ? 'pass' : 'fail',
    measured: joined
      ? 'call answered and acknowledged'
      : refusal
        ? `refused: ${refusal.statusCode} ${refusal.reasonPhrase}`
        : 'never answered',
    limit: '200 OK and ACK',
    participants: [id],
    evidence: [{ file: 'events.jsonl', ...(event ? { atUs: event.atUs } : {}), note: event?.type ?? 'no such event' }],
  };
}

/** The call was refused, and the refusal itself names the federation rule that stood in the way. */
export const refusedByRule: Rule = {
  cites: 'Seed rule: federation and public access; MS-OCER ms-diagnostics',
  judge({ plan, measurements }, { participants = [], federationRule }) {
    return participants.map((id) => {
      const refusal = measurements.refusals.find(({ participant }) => participant === id);
      const named = refusal?.rule ?? null;
      return {
        about: `${id}:${federationRule}`,
        title: `${nameOf(plan, id)} is refused by the rule “${federationRule}”`,
        verdict: named === federationRule ? 'pass' : 'fail',
        measured: refusal
          ? `${refusal.statusCode} ${refusal.reasonPhrase}, rule named: ${named ?? 'none'}`
          : measurements.joined.includes(id)
            ? 'the call went through'
            : 'no final response',
        limit: `a refusal that names ${federationRule}`,
        participants: [id],
        evidence: [
          {
            file: 'events.jsonl',
            ...(refusal ? { atUs: refusal.atUs, note: refusal.diagnostics ?? 'no ms-diagnostics' } : {}),
          },
        ],
      };
    });
  },
};

/** What was captured is complete enough to be judged. A capture with a fault proves nothing about the endpoint. */
export const capture: Rule = {
  cites: 'Plugfest evidence rule: a capture that lost frames cannot prove a frame rate',
  judge({ plan, measurements }) {
    return measurements.joined.map((id) => {
      const viewer = measurements.viewers.find((row) => row.viewer === id);
      const fault = viewer ? viewer.capture.fault : 'no capture';
      const dropped = viewer?.capture.droppedFrames ?? 0;
      return {
        about: id,
        title: `What ${nameOf(plan, id)} saw and heard was captured whole`,
        verdict: fault || dropped > 0 ? 'inconclusive' : 'pass',
        measured:
          fault ??
          `${viewer?.capture.videoFrames} pictures, ${viewer?.capture.audioMs} ms of sound, ${dropped} dropped by the capture`,
        limit: 'no fault, 0 dropped by the capture',
        participants: [id],
        evidence: [{ file: viewer?.capture.file ?? 'events.jsonl' }],
      };
    });
  },
};
