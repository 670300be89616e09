import type { Plan, RunEvent } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { factsOf } from './run-facts.ts';
import { participantPlan } from './synthetic-participants.ts';

const plan = { mediaMs: 8000, participants: [participantPlan(1), participantPlan(2)] } as unknown as Plan;
const event = (atUs: number, type: string, participant?: string, data: Record<string, unknown> = {}): RunEvent => ({
  atUs,
  type,
  participant,
  data,
});

describe('factsOf', () => {
  test('views in order of time, by viewer; a layout that nobody knows is passed over', () => {
    const { views } = factsOf(plan, [
      event(30, 'view.changed', 'p1', { layout: 'one-plus-five', seats: ['p2', null] }),
      event(99, 'view.changed', undefined, { viewer: 'p1', layout: 'single', seats: [null], atUs: 20 }),
      event(40, 'view.changed', 'p1', { layout: 'constructor', seats: [] }),
      event(50, 'view.changed', 'p1', { layout: 'single' }),
    ]);
    expect(views.p1).toEqual([
      { fromUs: 20, layout: 'single', seats: [null] },
      { fromUs: 30, layout: 'one-plus-five', seats: ['p2', null] },
    ]);
  });

  test('a run that was cut short is measured as far as it went, and no further than planned', () => {
    const started = event(1_000_000, 'media.started');
    expect(factsOf(plan, [started, event(3_000_000, 'x')]).mediaEndUs).toBe(3_000_000);
    expect(factsOf(plan, [started, event(99_000_000, 'x')]).mediaEndUs).toBe(9_000_000);
    expect(factsOf(plan, [started, event(5_000_000, 'media.stopped'), event(99_000_000, 'x')]).mediaEndUs).toBe(
      5_000_000,
    );
    expect(factsOf(plan, [event(99_000_000, 'x')])).toMatchObject({ mediaStartUs: 0, mediaEndUs: 0 });
  });

  test('who joined in the plan’s order, who was refused and why', () => {
    const { joined, refusals, sourceStartedUs } = factsOf(plan, [
      event(2, 'participant.joined', 'p2'),
      event(3, 'participant.joined', 'p1'),
      event(3, 'participant.joined', 'stranger'),
      event(4, 'participant.refused', 'p2', { statusCode: 403, reasonPhrase: 'Forbidden' }),
      event(5, 'source.started', 'p1', { startedUs: 77 }),
      event(6, 'source.started', 'p2', { startedUs: 'soon' }),
    ]);
    expect(joined).toEqual(['p1', 'p2']);
    expect(sourceStartedUs).toEqual({ p1: 77 });
    expect(refusals).toEqual([
      { participant: 'p2', statusCode: 403, reasonPhrase: 'Forbidden', rule: null, diagnostics: null, atUs: 4 },
    ]);
  });
});
