import { type Check, type Expectation, type Verdict, verdictOf } from '@plugfest/model';
import { boundsOf } from './bounds.ts';
import type { Rule, Trace } from './rule.ts';
import { badPeerIsCaught, bugIsAbsent } from './rules-of-bugs.ts';
import { capture, joins, refusedByRule } from './rules-of-calls.ts';
import { lyncSteps } from './rules-of-lync.ts';
import { corroboration, jitter, packetLoss } from './rules-of-packets.ts';
import { peerEndsWell, peerIsAnswered } from './rules-of-peers.ts';
import { personConfirms } from './rules-of-persons.ts';
import { frameRate, freeze, pictureQuality, rightTile, sees, videoDelay } from './rules-of-pictures.ts';
import { comesThroughProxy } from './rules-of-proxies.ts';
import { replayGoesAsThen, replayMediaAsThen, replaySaysAsThen } from './rules-of-replays.ts';
import { audioDelay, hears, lipSync, ownVoice } from './rules-of-sound.ts';
import { eventClock, h264Packetization, rtpTimeline } from './rules-of-streams.ts';
import { truth } from './rules-of-truth.ts';

/** Every rule that an expectation can name. */
export const RULES = {
  joins,
  'refused-by-rule': refusedByRule,
  capture,
  sees,
  'right-tile': rightTile,
  'frame-rate': frameRate,
  freeze,
  'video-delay': videoDelay,
  'picture-quality': pictureQuality,
  hears,
  'own-voice': ownVoice,
  'audio-delay': audioDelay,
  'lip-sync': lipSync,
  'packet-loss': packetLoss,
  jitter,
  corroboration,
  'rtp-timeline': rtpTimeline,
  'h264-packetization': h264Packetization,
  'event-clock': eventClock,
  'replay-goes-as-then': replayGoesAsThen,
  'replay-says-as-then': replaySaysAsThen,
  'replay-media-as-then': replayMediaAsThen,
  'comes-through-proxy': comesThroughProxy,
  'peer-ends-well': peerEndsWell,
  'peer-is-answered': peerIsAnswered,
  'bug-is-absent': bugIsAbsent,
  'bad-peer-is-caught': badPeerIsCaught,
  truth,
  'lync-steps': lyncSteps,
  'person-confirms': personConfirms,
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

/** Turns measurements into checks and a verdict: a pure function of the artefacts. A rule that finds nothing to judge is `inconclusive`. */
export function judge(trace: Trace): { verdict: Verdict; checks: Check[] } {
  const checks = trace.plan.expectations.flatMap((expectation) => checksOf(trace, expectation));
  return { verdict: verdictOf(checks), checks };
}

function checksOf(trace: Trace, expectation: Expectation): Check[] {
  const rule: Rule | undefined = RULES[expectation.rule as RuleName];
  const bounds = boundsOf(expectation);
  const source = typeof bounds === 'string' ? undefined : bounds.source;
  const shared = { level: expectation.level, cites: expectation.cites ?? source ?? rule?.cites ?? 'none' };
  const nothing = (measured: string): Check[] => [
    {
      id: expectation.rule,
      title: expectation.rule,
      ...shared,
      verdict: 'inconclusive',
      measured,
      limit: '',
      participants: [],
      evidence: [],
    },
  ];
  if (!rule) return nothing(`no rule of that name; there are: ${Object.keys(RULES).join(', ')}`);
  if (typeof bounds === 'string') return nothing(bounds);
  const findings = rule.judge(trace, { ...expectation, bounds });
  if (findings.length > 0)
    return findings.map(({ about, ...finding }) => ({ id: `${expectation.rule}:${about}`, ...shared, ...finding }));
  return rule.mayBeSilent && expectation.level !== 'must' ? [] : nothing('nothing to judge');
}
