import type { Corroboration } from '@plugfest/model';
import { inWords, verdictOfMeasured } from './bounds.ts';
import type { Rule } from './rule.ts';
import { nameOf, round } from './rule.ts';

/** With none lost of so many, less than 1 % are lost with 95 %. */
const ENOUGH_PACKETS = 300;

const CAPTURED = 'captures/run.pcapng';

/** Share of RTP packets to and from the participant that did not arrive. */
export const packetLoss: Rule = {
  cites: 'RFC 3550 §6.4.1 (cumulative number of packets lost)',
  judge: (trace, { bounds }) =>
    trace.measurements.viewers.map(({ viewer, packets: { lossRatio } }) => {
      const percent = 'value' in lossRatio ? toPercent(lossRatio) : undefined;
      return {
        about: viewer,
        title: `The packets of ${nameOf(trace.plan, viewer)} arrive`,
        verdict: verdictOfMeasured(lossRatio, bounds, ENOUGH_PACKETS),
        measured: percent ? `${inWords(percent, 2)} % lost on the wire` : 'not measured',
        limit: `at most ${round((bounds.atMost ?? 1) * 100, 2)} %`,
        participants: [viewer],
        evidence: [{ file: CAPTURED, note: `RTP of ${viewer}` }],
      };
    }),
};

function toPercent({ value, low, high }: { value: number; low: number; high: number }) {
  return { value: value * 100, low: low * 100, high: high * 100 };
}

/** How unevenly packets come. */
export const jitter: Rule = {
  cites: 'RFC 3550 §6.4.1 (interarrival jitter)',
  judge: (trace, { bounds }) =>
    trace.measurements.viewers.map(({ viewer, packets: { jitterMs } }) => ({
      about: viewer,
      title: `The packets of ${nameOf(trace.plan, viewer)} arrive evenly`,
      verdict: verdictOfMeasured(jitterMs, bounds, ENOUGH_PACKETS),
      measured: 'value' in jitterMs ? `${inWords(jitterMs)} ms` : `not measured: ${jitterMs.notMeasured}`,
      limit: `at most ${bounds.atMost} ms`,
      participants: [viewer],
      evidence: [{ file: CAPTURED, note: `RTP of ${viewer}` }],
    })),
};

/** What statistics, packets and captures say of the same thing. Where there is one witness only, there is nothing to hold against it. */
export const corroboration: Rule = {
  cites: 'Plugfest evidence rule: what two witnesses say of one thing agrees; W3C webrtc-stats; RFC 3550 §6.4',
  mayBeSilent: true,
  judge: (trace) =>
    trace.measurements.viewers.flatMap(({ viewer, corroborations = [] }) =>
      corroborations.map((one) => ({
        about: `${viewer}:${one.id}`,
        title: `${one.what}: the witnesses of ${nameOf(trace.plan, viewer)} agree`,
        verdict: one.agrees ? ('pass' as const) : ('fail' as const),
        measured: claimsInWords(one),
        limit: `not more than ${round(one.tolerance)} ${one.unit} apart`,
        participants: [viewer],
        evidence: [{ file: 'events.jsonl', note: `statistics of ${viewer}` }],
      })),
    ),
};

function claimsInWords({ claims, unit }: Corroboration): string {
  return `${claims.map(({ source, value }) => `${source}: ${round(value)}`).join(', ')} ${unit}`;
}
