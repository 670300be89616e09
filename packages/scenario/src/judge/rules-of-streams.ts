import type { StreamMeasurement } from '@plugfest/model';
import type { Finding, Rule, Trace } from './rule.ts';
import { nameOf } from './rule.ts';

type Examined = 'timeline' | 'h264' | 'events';

/** A rule on what examining the packets of each stream found; what a participant receives is its peer's doing, and says so. */
function ruleOnStreams(examined: Examined, cites: string, what: string, unit: string): Rule {
  return {
    cites,
    mayBeSilent: true,
    judge: (trace, { participants }) =>
      (trace.measurements.streams ?? [])
        .filter((stream) => stream[examined] && (!participants || participants.includes(stream.participant)))
        .map((stream, _, all) => findingOf(trace, stream, examined, { what, unit, twins: twinsOf(stream, all) })),
  };
}

interface Words {
  readonly what: string;
  readonly unit: string;
  readonly twins: readonly StreamMeasurement[];
}

function findingOf(trace: Trace, stream: StreamMeasurement, examined: Examined, { what, unit, twins }: Words): Finding {
  const { judged, faults, first } = stream[examined] ?? { judged: 0, faults: 0, first: [] };
  const { participant, direction, medium } = stream;
  const place = twins.indexOf(stream);
  const from =
    direction === 'sent' ? `${nameOf(trace.plan, participant)} sends` : `${nameOf(trace.plan, participant)} is sent`;
  const [example] = first;
  return {
    about: `${participant}:${direction}:${medium}${place > 0 ? `:${place + 1}` : ''}`,
    title: `${medium} that ${from}: ${what}`,
    verdict: faults > 0 ? 'fail' : judged > 0 ? 'pass' : 'inconclusive',
    measured: example ? `${faults} of ${judged} ${unit}; first: ${example.text}` : `${judged} ${unit}, none wrong`,
    limit: 'none wrong',
    participants: [participant],
    evidence: first.map(({ atUs, packet }) => ({
      file: 'captures/run.pcapng',
      atUs,
      note: `packet ${packet}, SSRC 0x${stream.ssrc.toString(16).padStart(8, '0')}`,
    })),
  };
}

/** Streams of one participant, direction and medium are numbered. */
function twinsOf(stream: StreamMeasurement, all: readonly StreamMeasurement[]): StreamMeasurement[] {
  const { participant, direction, medium } = stream;
  return all.filter((one) => one.participant === participant && one.direction === direction && one.medium === medium);
}

/** Timestamps go with the time that passes, also over hold and resume. */
export const rtpTimeline = ruleOnStreams(
  'timeline',
  'RFC 3550 §5.1 (timestamp)',
  'timestamps go with the time that passes',
  'packets',
);

/** Packets of H.264 are as was agreed, also after a new offer. */
export const h264Packetization = ruleOnStreams(
  'h264',
  'RFC 6184 §5.2-§5.8, §6, §8.2.2',
  'H.264 is packetized as was agreed',
  'packets',
);

/** Durations of telephone-events are on the clock that was agreed. */
export const eventClock = ruleOnStreams(
  'events',
  'RFC 4733 §2.3.5, §2.1',
  'telephone-events run on the clock that was agreed',
  'keys',
);
