import type { Measurements, Plan, RunEvent } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { aRealConference, refusedBy } from '../expectations.ts';
import { LIMITS } from '../limits/limit-profiles.ts';
import { judge, RULES, type RuleName } from './judge.ts';
import type { Trace } from './rule.ts';
import { goodTrace } from './trace-fixture.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] extends object ? Draft<T[K]> : T[K] };
type Spoil = (measurements: Draft<Measurements>, plan: Draft<Plan>, events: RunEvent[]) => unknown;

function spoiled(spoil: Spoil): Trace {
  const trace = structuredClone(goodTrace());
  spoil(trace.measurements as Draft<Measurements>, trace.plan as Draft<Plan>, trace.events as RunEvent[]);
  return trace;
}

const refusal = {
  participant: 'skype',
  statusCode: 403,
  reasonPhrase: 'Forbidden',
  rule: null,
  diagnostics: null,
  atUs: 5,
};
const distribution = (p50: number) => ({
  unit: '',
  n: 9,
  min: p50,
  p5: p50,
  p50,
  p95: p50,
  max: p50,
  mean: p50,
  low: p50,
  high: p50,
  method: 'test',
});
const value = (measured: number, low = measured, high = measured, n = 9) => ({
  value: measured,
  unit: '',
  n,
  low,
  high,
  method: 'test',
});
const SILENT_PEER: Draft<Plan['peers'][number]> = {
  id: 'peer',
  name: 'peer',
  profile: 'test',
  exchanges: [{ method: 'OPTIONS', by: 'bridge', statusCode: 200, count: 1 }],
};
/** An answer that was `200 OK` then. */
const heard =
  (rule: RuleName, now: string | null): Spoil =>
  (_, p, events) => {
    events.push({ atUs: 5, type: 'replay.heard', data: { number: 2, was: 'SIP/2.0 200 OK', now, differences: [] } });
    p.expectations.push({ rule, level: 'must' });
  };
/** A stream in which an examination found one of ten wrong, or had nothing to look at. */
const stream =
  (rule: RuleName, examined: 'timeline' | 'h264' | 'events', faults: number): Spoil =>
  (m, p) => {
    const first = faults > 0 ? [{ atUs: 5, packet: 7, text: 'wrong' }] : [];
    const examination = { judged: faults > 0 ? 10 : 0, faults, first };
    const about = { participant: 'room', direction: 'sent' as const, medium: 'audio', ssrc: 1, packets: 10 };
    m.streams = [{ ...about, [examined]: examination }];
    p.expectations.push({ rule, level: 'must' });
  };
const NOT_MEASURED = { notMeasured: 'too little' };

/** For each rule, traces that it must reject. The type makes a rule without one fail to compile. */
const MUTANTS: Record<RuleName, Spoil[]> = {
  joins: [
    (m) => {
      m.joined = ['lync', 'room'];
      m.refusals = [refusal];
    },
  ],
  'refused-by-rule': [
    (m, p) => {
      p.expectations = [refusedBy('provider-enabled', 'skype')];
      m.refusals = [{ ...refusal, rule: 'client-version' }];
    },
    (m, p) => {
      p.expectations = [refusedBy('provider-enabled', 'skype')];
      m.refusals = [refusal];
    },
    (_, p) => {
      p.expectations = [refusedBy('provider-enabled', 'skype')];
    },
  ],
  capture: [
    (m) => Object.assign(m.viewers[0]!.capture, { fault: 'truncated' }),
    (m) => Object.assign(m.viewers[0]!.capture, { droppedFrames: 1 }),
    (m) => void m.viewers.pop(),
  ],
  sees: [
    (m) => void m.viewers[0]!.tiles.pop(),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { readableFrames: 60 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frames: 0 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frames: 4, readableFrames: 4 }),
  ],
  'right-tile': [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { rightFrames: 0 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { rightFrames: 117 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { announcedSeat: -1 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { readableFrames: 4, rightFrames: 4 }),
  ],
  'frame-rate': [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: value(11.9) }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: NOT_MEASURED }),
    (m) => Object.assign(m.viewers[0]!.capture, { droppedFrames: 1 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: value(12.5, 11, 14, 3) }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: value(11.9, 11.5, 12.3) }),
  ],
  freeze: [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frozenMs: 500 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { readableFrames: 4, rightFrames: 4 }),
  ],
  'video-delay': [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { videoDelayMs: distribution(410) }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { videoDelayMs: NOT_MEASURED }),
  ],
  'picture-quality': [(m) => Object.assign(m.viewers[0]!.tiles[0]!, { ssimY: distribution(0.5) })],
  hears: [
    (m) => Object.assign(m.viewers[0]!.voices[0]!, { heard: false }),
    (m) => Object.assign(m.viewers[0]!, { voices: [] }),
  ],
  'own-voice': [
    (m) => Object.assign(m.viewers[0]!.ownVoice, { heard: true }),
    (m) => Object.assign(m.viewers[0]!.ownVoice, { prominence: undefined }),
  ],
  'audio-delay': [
    (m) => Object.assign(m.viewers[0]!.voices[0]!, { audioDelayMs: value(430) }),
    (m) => Object.assign(m.viewers[0]!.voices[0]!, { audioDelayMs: { notMeasured: 'silence' } }),
  ],
  'lip-sync': [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { lipSyncMs: value(-250) }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { lipSyncMs: value(120) }),
  ],
  'packet-loss': [
    (m) => Object.assign(m.viewers[0]!.packets, { lossRatio: value(0.1) }),
    (m) => Object.assign(m.viewers[0]!.packets, { lossRatio: { notMeasured: 'no packets' } }),
    // None lost of 50: up to 7 % may be.
    (m) => Object.assign(m.viewers[0]!.packets, { lossRatio: value(0, 0, 0.07, 50) }),
  ],
  'replay-goes-as-then': [heard('replay-goes-as-then', null), heard('replay-goes-as-then', 'SIP/2.0 480 Gone')],
  'replay-says-as-then': [heard('replay-says-as-then', 'SIP/2.0 202 Accepted')],
  'replay-media-as-then': [(_, p) => void p.expectations.push({ rule: 'replay-media-as-then', level: 'must' })],
  'rtp-timeline': [stream('rtp-timeline', 'timeline', 1), stream('rtp-timeline', 'timeline', 0)],
  'h264-packetization': [stream('h264-packetization', 'h264', 1), stream('h264-packetization', 'h264', 0)],
  'event-clock': [stream('event-clock', 'events', 1), stream('event-clock', 'events', 0)],
  jitter: [
    (m, p) => {
      p.expectations.push({ rule: 'jitter', level: 'must' });
      Object.assign(m.viewers[0]!.packets, { jitterMs: value(45) });
    },
    (m, p) => {
      p.expectations.push({ rule: 'jitter', level: 'must' });
      Object.assign(m.viewers[0]!.packets, { jitterMs: NOT_MEASURED });
    },
  ],
  corroboration: [
    (m, p) => {
      p.expectations.push({ rule: 'corroboration', level: 'must' });
      Object.assign(m.viewers[0]!.corroborations![0]!, { agrees: false });
    },
    (m, p) => {
      p.expectations.push({ rule: 'corroboration', level: 'must' });
      for (const viewer of m.viewers) viewer.corroborations = [];
    },
  ],
  'comes-through-proxy': [
    (_, p) => {
      p.expectations = [{ rule: 'comes-through-proxy', level: 'must' }];
    },
  ],
  'peer-ends-well': [
    (_, p) => {
      p.expectations = [{ rule: 'peer-ends-well', level: 'must' }];
      p.peers = [SILENT_PEER];
    },
    (_, p) => {
      p.expectations = [{ rule: 'peer-ends-well', level: 'must' }];
    },
  ],
  'peer-is-answered': [
    (_, p) => {
      p.expectations = [{ rule: 'peer-is-answered', level: 'must' }];
      p.peers = [SILENT_PEER];
    },
  ],
  'bug-is-absent': [
    (_, p) => {
      p.expectations = [{ rule: 'bug-is-absent', level: 'must' }];
    },
  ],
  'lync-steps': [
    (_, p) => {
      p.expectations = [{ rule: 'lync-steps', level: 'must' }];
    },
  ],
  'person-confirms': ['no', 'none'].map(
    (answer): Spoil =>
      (_, p, e) => {
        p.expectations = [{ rule: 'person-confirms', level: 'must' }];
        e.push({
          atUs: 1,
          type: 'person.answered',
          participant: 'room',
          data: { question: 'Well?', answer, tookMs: 1 },
        });
      },
  ),
  truth: [
    (_, p) => {
      p.expectations = [{ rule: 'truth', level: 'must' }];
    },
  ],
  'bad-peer-is-caught': [
    (_, p) => {
      p.expectations = [{ rule: 'bad-peer-is-caught', level: 'must' }];
    },
  ],
};

describe('the judge', () => {
  it('passes a conference in which all is well', () => {
    const { verdict, checks } = judge(goodTrace());
    expect(checks.filter((check) => check.verdict !== 'pass')).toEqual([]);
    expect(verdict).toBe('pass');
  });

  const cases = Object.entries(MUTANTS).flatMap(([rule, spoils]) =>
    spoils.map((spoil, index) => [rule, index, spoil] as const),
  );
  it.each(cases)('%s rejects its mutant %i', (rule, _, spoil) => {
    const { verdict, checks } = judge(spoiled(spoil));
    const caught = checks.filter((check) => check.id.split(':')[0] === rule && check.verdict !== 'pass');
    expect(caught.length).toBeGreaterThan(0);
    if (rule !== 'picture-quality') expect(verdict).not.toBe('pass');
  });

  const verdicts = (spoil: Spoil, rule: string): string[] =>
    judge(spoiled(spoil))
      .checks.filter(({ id }) => id.startsWith(`${rule}:`))
      .map(({ verdict }) => verdict);

  it('cannot tell a frame rate from a capture that lost pictures, unless more are missing than it lost', () => {
    const lost = (dropped: number, rate: number): Spoil => {
      return (m) => {
        m.viewers[0]!.capture.droppedFrames = dropped;
        m.viewers[0]!.tiles[0]!.frameRate = value(rate);
      };
    };
    expect(verdicts(lost(1, 14.9), 'frame-rate')[0]).toBe('inconclusive');
    expect(verdicts(lost(40, 8), 'frame-rate')[0]).toBe('inconclusive');
    expect(verdicts(lost(8, 8), 'frame-rate')[0]).toBe('fail');
    expect(verdicts((m) => Object.assign(m.viewers[0]!.capture, { droppedFrames: 9 }), 'frame-rate')[1]).toBe(
      'inconclusive',
    );
  });

  it('calls what cannot be told apart from its limit inconclusive, what misses it surely a failure', () => {
    const rate = (...numbers: [number, number, number]): Spoil => {
      return (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: value(...numbers) });
    };
    expect(verdicts(rate(11.8, 11.4, 12.2), 'frame-rate')[0]).toBe('inconclusive');
    expect(verdicts(rate(11.8, 11.7, 11.9), 'frame-rate')[0]).toBe('fail');
    expect(verdicts(rate(12.1, 11.9, 12.3), 'frame-rate')[0]).toBe('pass');
  });

  it('holds a rule against the profile or the number that a scenario names, and cites it', () => {
    const withLipSync = (terms: object, skewMs: number): Trace =>
      spoiled((m, p) => {
        p.expectations = [{ rule: 'lip-sync', level: 'must', ...terms }];
        for (const { tiles } of m.viewers) for (const tile of tiles) tile.lipSyncMs = value(skewMs);
      });
    expect(judge(withLipSync({}, 80)).verdict).toBe('pass');
    expect(judge(withLipSync({ profile: 'ebu-r37' }, 80)).verdict).toBe('fail');
    expect(judge(withLipSync({ profile: 'ebu-r37' }, -55)).verdict).toBe('pass');
    expect(judge(withLipSync({ profile: 'ebu-r37' }, 80)).checks[0]!.cites).toMatch(/EBU R 37/);
    expect(judge(withLipSync({ limit: 100 }, -120)).verdict).toBe('fail');
    expect(judge(withLipSync({ limit: 130 }, -120)).verdict).toBe('pass');
    for (const profile of ['nobody-knows', 'cisco-voice']) {
      const { verdict, checks } = judge(withLipSync({ profile }, 0));
      expect(verdict).toBe('inconclusive');
      expect(checks[0]!.measured).toContain(profile);
    }
  });

  it('holds a conference against a profile as far as it speaks of its rules', () => {
    const strict = spoiled((_, p) =>
      Object.assign(p, { expectations: aRealConference({ profile: 'g114-preferred' }) }),
    );
    expect(judge(strict).verdict).toBe('pass');
    expect(judge(strict).checks.find(({ id }) => id === 'audio-delay:lync:skype')!.limit).toBe('at most 150 ms');
    expect(judge(strict).checks.find(({ id }) => id === 'frame-rate:lync:skype')!.limit).toBe('at least 12 pictures/s');
  });

  it('passes a refusal that names the rule, and only that', () => {
    const trace = spoiled((m, p) => {
      p.expectations = [refusedBy('provider-enabled', 'skype')];
      m.joined = [];
      m.refusals = [{ ...refusal, rule: 'provider-enabled' }];
    });
    expect(judge(trace).verdict).toBe('pass');
  });

  it('proves nothing with a rule that nobody knows, with no expectation, or with nobody there', () => {
    expect(
      judge(spoiled((_, p) => Object.assign(p, { expectations: [{ rule: 'is-nice', level: 'must' }] }))).verdict,
    ).toBe('inconclusive');
    expect(judge(spoiled((_, p) => Object.assign(p, { expectations: [] }))).verdict).toBe('inconclusive');
    const empty = judge(
      spoiled((m) => {
        m.joined = [];
        m.viewers = [];
      }),
    );
    expect(empty.verdict).toBe('fail');
    expect(empty.checks.filter((check) => check.verdict === 'pass')).toEqual([]);
  });

  it('cites a source for every rule', () => {
    for (const rule of Object.values(RULES)) expect(rule.cites.length).toBeGreaterThan(8);
    for (const { rule, source, atLeast, atMost } of LIMITS) {
      expect(Object.keys(RULES)).toContain(rule);
      expect(source.length).toBeGreaterThan(8);
      expect(atLeast ?? atMost).toBeTypeOf('number');
    }
    expect(new Set(LIMITS.map(({ profile, rule }) => `${profile}:${rule}`)).size).toBe(LIMITS.length);
  });
});
