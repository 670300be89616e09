import type { Check, Verdict } from '@plugfest/model';
import type { CertifiedTrace } from './certified-trace.ts';
import type { Decision, Outcome, Requirement } from './requirement.ts';
import { PARTNER, SUBJECT } from './trials.ts';

/** A rule of the judge, of one side of the conference. */
interface Row {
  readonly rule: string;
  /** The check's subject, as the judge writes it behind the rule's name. */
  readonly about: string;
  readonly name: string;
  readonly level: 'must' | 'should';
  readonly text: string;
}

const SEES = `${SUBJECT}:${PARTNER}`;
const IS_SEEN = `${PARTNER}:${SUBJECT}`;

const ROWS: readonly Row[] = [
  {
    rule: 'joins',
    about: SUBJECT,
    name: 'joins',
    level: 'must',
    text: 'Its call is answered and joins the conference.',
  },
  { rule: 'capture', about: SUBJECT, name: 'capture', level: 'must', text: 'What it shows could be recorded whole.' },
  { rule: 'sees', about: SEES, name: 'sees', level: 'must', text: 'It shows the other participant.' },
  { rule: 'sees', about: IS_SEEN, name: 'is-seen', level: 'must', text: 'Its picture reaches the other participant.' },
  { rule: 'hears', about: SEES, name: 'hears', level: 'must', text: 'It plays what the other says.' },
  { rule: 'hears', about: IS_SEEN, name: 'is-heard', level: 'must', text: 'What is said to it reaches the other.' },
  { rule: 'own-voice', about: PARTNER, name: 'no-echo', level: 'must', text: 'It does not send back what it plays.' },
  {
    rule: 'frame-rate',
    about: SEES,
    name: 'frame-rate-shown',
    level: 'must',
    text: 'It shows 12 of 15 pictures a second.',
  },
  {
    rule: 'frame-rate',
    about: IS_SEEN,
    name: 'frame-rate-sent',
    level: 'must',
    text: 'Of its pictures 12 of 15 a second arrive.',
  },
  { rule: 'freeze', about: SEES, name: 'shown-without-freezes', level: 'must', text: 'What it shows does not freeze.' },
  {
    rule: 'freeze',
    about: IS_SEEN,
    name: 'sent-without-freezes',
    level: 'must',
    text: 'What it sends does not freeze.',
  },
  {
    rule: 'video-delay',
    about: SEES,
    name: 'shown-in-time',
    level: 'must',
    text: 'Pictures are shown without much delay.',
  },
  {
    rule: 'video-delay',
    about: IS_SEEN,
    name: 'sent-in-time',
    level: 'must',
    text: 'Its pictures arrive without much delay.',
  },
  {
    rule: 'audio-delay',
    about: SEES,
    name: 'played-in-time',
    level: 'must',
    text: 'Sound is played without much delay.',
  },
  {
    rule: 'audio-delay',
    about: IS_SEEN,
    name: 'spoken-in-time',
    level: 'must',
    text: 'Its sound arrives without much delay.',
  },
  {
    rule: 'lip-sync',
    about: SEES,
    name: 'lips-shown',
    level: 'must',
    text: 'Lips and voice belong together where it shows them.',
  },
  {
    rule: 'lip-sync',
    about: IS_SEEN,
    name: 'lips-sent',
    level: 'must',
    text: 'Lips and voice belong together where it sends them.',
  },
  {
    rule: 'picture-quality',
    about: SEES,
    name: 'clear-shown',
    level: 'should',
    text: 'What it shows looks like what was sent.',
  },
  {
    rule: 'picture-quality',
    about: IS_SEEN,
    name: 'clear-sent',
    level: 'should',
    text: 'What it sends arrives clearly.',
  },
];

/** In which trials which rows count: after loss, the rate and the quality of pictures are no more promised. */
const TRIAL_ROWS: Readonly<Record<string, readonly string[]>> = {
  clean: ROWS.map(({ name }) => name),
  wifi: ROWS.map(({ name }) => name).filter((name) => !name.startsWith('clear')),
  lte: ROWS.map(({ name }) => name).filter((name) => !name.startsWith('clear')),
  vpn: ROWS.map(({ name }) => name),
  loss: ['joins', 'capture', 'sees', 'is-seen', 'hears', 'is-heard', 'no-echo', 'played-in-time', 'spoken-in-time'],
  outage: ['joins', 'capture', 'sees', 'is-seen', 'hears', 'is-heard', 'no-echo', 'played-in-time', 'spoken-in-time'],
};

/** On a bad network a call has to hold and to be heard; how good its pictures stay is told, and asked for by nobody. */
const ROUGH: ReadonlySet<string> = new Set(['wifi', 'lte', 'loss', 'outage']);
const HOLDS: ReadonlySet<string> = new Set(['joins', 'capture', 'hears', 'is-heard', 'no-echo']);

const OUTCOMES: Record<Verdict, Outcome> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'inconclusive',
  unsupported: 'unsupported',
  error: 'inconclusive',
  'not-run': 'not-exercised',
};

export const MEDIA_REQUIREMENTS: readonly Requirement[] = Object.entries(TRIAL_ROWS).flatMap(([trial, names]) =>
  ROWS.filter(({ name }) => names.includes(name)).map(
    ({ rule, about, name, level, text }): Requirement => ({
      id: `conference/${trial}/${name}`,
      level: ROUGH.has(trial) && !HOLDS.has(name) ? 'should' : level,
      text,
      cites: `Plugfest rule “${rule}” with its limit profile`,
      trial,
      decide: (trace) => decisionOf(trace, `${rule}:${about}`),
    }),
  ),
);

function decisionOf({ checks }: CertifiedTrace, id: string): Decision {
  const check: Check | undefined = checks.find((one) => one.id === id);
  if (!check) return { outcome: 'not-exercised', seen: 'the run has no such check' };
  const seen = `${check.measured} (limit: ${check.limit})`;
  const evidence = check.evidence[0]?.file;
  return { outcome: OUTCOMES[check.verdict], seen, ...(evidence ? { evidence } : {}) };
}
