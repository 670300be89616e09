import type { RunEvent } from '@plugfest/model';
import { z } from 'zod';
import type { Finding, Rule, Trace } from './rule.ts';

const heardSchema = z.object({
  number: z.number(),
  was: z.string(),
  now: z.string().nullable(),
  differences: z.array(z.object({ kind: z.string(), was: z.string().nullable(), now: z.string().nullable() })),
});
type Heard = z.infer<typeof heardSchema> & { readonly atUs: number };

const mediaSchema = z.object({
  index: z.number(),
  sent: z.number(),
  unsent: z.number(),
  received: z.number(),
  receivedThen: z.number(),
});

const CITES = 'the capture: what the other side said then';

/** Each message of the other side has its counterpart: the same method, or an answer of the same class. */
export const replayGoesAsThen: Rule = {
  cites: CITES,
  judge: (trace) => heardIn(trace).map((heard) => ({ ...about(heard), ...sameKind(heard) })),
};

/** Header by header and attribute by attribute. */
export const replaySaysAsThen: Rule = {
  cites: CITES,
  mayBeSilent: true,
  judge: (trace) =>
    heardIn(trace)
      .filter(({ now }) => now !== null)
      .map((heard) => ({ ...about(heard), title: `${about(heard).title}, word by word`, ...sameWords(heard) })),
};

/** Media come from the other side where they came then. */
export const replayMediaAsThen: Rule = {
  cites: CITES,
  mayBeSilent: true,
  judge: ({ events }) =>
    events.flatMap(({ type, data, atUs }) => {
      const line = type === 'replay.media' ? mediaSchema.safeParse(data) : undefined;
      return line?.success ? [mediaOf(line.data, atUs)] : [];
    }),
};

function mediaOf({ index, sent, unsent, received, receivedThen }: z.infer<typeof mediaSchema>, atUs: number): Finding {
  return {
    about: `m${index + 1}`,
    title: `Media of m-line ${index + 1} come as then`,
    verdict: received > 0 === receivedThen > 0 && unsent === 0 ? 'pass' : 'fail',
    measured: `${received} packets came, ${receivedThen} then; ${sent} were sent${unsent > 0 ? `, ${unsent} not: their codec was not agreed on now` : ''}`,
    limit: 'some came now where some came then',
    participants: [],
    evidence: [{ file: 'events.jsonl', atUs, note: 'replay.media' }],
  };
}

function heardIn({ events }: Trace): Heard[] {
  return events.flatMap(({ type, data, atUs }: RunEvent) => {
    const heard = type === 'replay.heard' ? heardSchema.safeParse(data) : undefined;
    return heard?.success ? [{ ...heard.data, atUs }] : [];
  });
}

function about({ number, was, atUs }: Heard): Pick<Finding, 'about' | 'title' | 'participants' | 'evidence'> {
  return {
    about: String(number),
    title: `Message ${number}: ${was}`,
    participants: [],
    evidence: [{ file: 'events.jsonl', atUs, note: `replay.heard, number ${number}` }],
  };
}

function sameKind({ was, now }: Heard): Pick<Finding, 'verdict' | 'measured' | 'limit'> {
  return {
    verdict: now !== null && kindOf(was) === kindOf(now) ? 'pass' : 'fail',
    measured: now ?? 'it did not come',
    limit: /^SIP\//.test(was) ? `an answer of class ${kindOf(was)}xx` : `a request ${kindOf(was)}`,
  };
}

/** First digit of a status code, or the method. */
function kindOf(startLine: string): string {
  return /^SIP\/\S+ (\d)/.exec(startLine)?.[1] ?? startLine.split(' ', 1)[0] ?? '';
}

function sameWords({ was, now, differences }: Heard): Pick<Finding, 'verdict' | 'measured' | 'limit'> {
  const lines = differences.map((one) => `${one.was ?? 'nothing'} → ${one.now ?? 'nothing'}`);
  const first = was === now ? [] : [`${was} → ${now}`];
  const all = [...first, ...lines];
  return {
    verdict: all.length === 0 ? 'pass' : 'fail',
    measured: all.length === 0 ? 'the same' : all.join('; '),
    limit: 'as then, but for what no two calls share',
  };
}
