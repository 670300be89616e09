import type { Measurements, Plan } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { refusedBy } from '../expectations.ts';
import { judge, RULES, type RuleName } from './judge.ts';
import type { Trace } from './rule.ts';
import { goodTrace } from './trace-fixture.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] extends object ? Draft<T[K]> : T[K] };
type Spoil = (measurements: Draft<Measurements>, plan: Draft<Plan>) => unknown;

function spoiled(spoil: Spoil): Trace {
  const trace = structuredClone(goodTrace());
  spoil(trace.measurements as Draft<Measurements>, trace.plan as Draft<Plan>);
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
  method: 'test',
});
const value = (measured: number) => ({ value: measured, unit: '', n: 9, method: 'test' });

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
  ],
  'right-tile': [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { rightFrames: 0 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { rightFrames: 117 }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { announcedSeat: -1 }),
  ],
  'frame-rate': [
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: value(11.9) }),
    (m) => Object.assign(m.viewers[0]!.tiles[0]!, { frameRate: { notMeasured: 'too little' } }),
  ],
  freeze: [(m) => Object.assign(m.viewers[0]!.tiles[0]!, { frozenMs: 500 })],
  'video-delay': [(m) => Object.assign(m.viewers[0]!.tiles[0]!, { videoDelayMs: distribution(410) })],
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
  });
});
