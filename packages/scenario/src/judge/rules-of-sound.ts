import { inWords, verdictOfMeasured } from './bounds.ts';
import type { Rule } from './rule.ts';
import { captureEvidence, forEachPair, nameOf, round, tileOf } from './rule.ts';

/** The known speech of each other participant is found in what was played. */
export const hears: Rule = {
  cites: 'Seed rule: each participant hears all the others',
  judge: (trace, { participants }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const voice = measured?.voices.find(({ participant }) => participant === other);
      const level = voice && 'value' in voice.levelDb ? `, level ${round(voice.levelDb.value)} dB` : '';
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} hears ${nameOf(trace.plan, other)}`,
        verdict: voice?.heard ? 'pass' : 'fail',
        measured: voice
          ? `${voice.heard ? 'speech found' : 'speech not found'}, correlation ${round(voice.correlation, 2)}${level}`
          : 'no sound captured',
        limit: 'speech found in the mix',
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `speech of ${other} in the mix`),
      };
    }),
};

/** A mix is everybody but the listener. What could not be looked for is not absent. */
export const ownVoice: Rule = {
  cites: 'RFC 7667 §3.6.1 (media-mixing mixer)',
  judge: (trace) =>
    trace.measurements.viewers.map(({ viewer, ownVoice: own }) => {
      const level = 'value' in own.levelDb ? ` at ${round(own.levelDb.value)} dB` : '';
      const looked = own.heard || own.prominence !== undefined;
      return {
        about: viewer,
        title: `${nameOf(trace.plan, viewer)} does not hear itself`,
        verdict: own.heard ? 'fail' : looked ? 'pass' : 'inconclusive',
        measured: own.heard
          ? `own speech found${level}, correlation ${round(own.correlation, 2)}`
          : looked
            ? `own speech not found, correlation ${round(own.correlation, 2)}`
            : 'could not be looked for: no sound was captured, or nothing was said',
        limit: 'own speech not in the mix',
        participants: [viewer],
        evidence: captureEvidence(trace, viewer, 'own speech in the mix'),
      };
    }),
};

/** Mouth to ear. */
export const audioDelay: Rule = {
  cites: 'ITU-T G.114 (under 400 ms one way)',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const delay = measured?.voices.find(({ participant }) => participant === other)?.audioDelayMs;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} hears ${nameOf(trace.plan, other)} without much delay`,
        verdict: verdictOfMeasured(delay, bounds),
        measured: delay && 'value' in delay ? `${inWords(delay, 0)} ms mouth to ear` : 'speech not found',
        limit: `at most ${bounds.atMost} ms`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `speech of ${other}`),
      };
    }),
};

/** Sound before picture is positive. A limit given by the scenario is symmetric. */
export const lipSync: Rule = {
  cites: 'ITU-R BT.1359-1',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const skew = tileOf(measured, other)?.lipSyncMs;
      const value = skew && 'value' in skew ? skew.value : undefined;
      return {
        about: `${viewer}:${other}`,
        title: `Lips and voice of ${nameOf(trace.plan, other)} agree for ${nameOf(trace.plan, viewer)}`,
        verdict: verdictOfMeasured(skew, bounds),
        measured:
          value === undefined
            ? 'not measured'
            : `sound ${Math.abs(Math.round(value))} ms ${value >= 0 ? 'early' : 'late'}`,
        limit: `at most ${bounds.atMost} ms early, ${-(bounds.atLeast ?? 0)} ms late`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `speech and pictures of ${other}`),
      };
    }),
};
