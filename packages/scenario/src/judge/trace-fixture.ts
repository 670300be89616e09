import type { Measurements, Plan, TileMeasurement, ViewerMeasurement, VoiceMeasurement } from '@plugfest/model';
import { aRealConference } from '../expectations.ts';
import type { Trace } from './rule.ts';

const PEOPLE = ['skype', 'lync', 'room'] as const;

const tile = (participant: string, seat: number): TileMeasurement => ({
  participant,
  seat,
  announcedSeat: seat,
  rect: { x: 0, y: 0, width: 320, height: 180 },
  frames: 120,
  readableFrames: 119,
  rightFrames: 119,
  frameRate: { value: 14.9, unit: '/s', n: 119, low: 14.9, high: 14.9, method: 'test' },
  freezes: [],
  frozenMs: 0,
  videoDelayMs: {
    unit: 'ms',
    n: 119,
    min: 80,
    p5: 85,
    p50: 110,
    p95: 140,
    max: 150,
    mean: 112,
    low: 108,
    high: 113,
    method: 'test',
  },
  psnrY: {
    unit: 'dB',
    n: 119,
    min: 30,
    p5: 31,
    p50: 35,
    p95: 38,
    max: 40,
    mean: 35,
    low: 35,
    high: 35,
    method: 'test',
  },
  ssimY: {
    unit: '',
    n: 119,
    min: 0.85,
    p5: 0.9,
    p50: 0.95,
    p95: 0.97,
    max: 0.98,
    mean: 0.95,
    low: 0.95,
    high: 0.95,
    method: 'test',
  },
  meanLuma: { value: 100, unit: '', n: 119, low: 100, high: 100, method: 'test' },
  lipSyncMs: { value: -20, unit: 'ms', n: 1, low: -20, high: -20, method: 'test' },
  series: [],
});

const voice = (participant: string, heard: boolean): VoiceMeasurement => ({
  participant,
  heard,
  levelDb: { value: -1, unit: 'dB', n: 1, low: -1, high: -1, method: 'test' },
  audioDelayMs: { value: 130, unit: 'ms', n: 1, low: 130, high: 130, method: 'test' },
  correlation: heard ? 0.5 : 0.01,
  prominence: heard ? 40 : 3,
});

const viewer = (id: string): ViewerMeasurement => {
  const others = PEOPLE.filter((other) => other !== id);
  return {
    viewer: id,
    capture: { file: `captures/${id}.mkv`, videoFrames: 120, audioMs: 8000, droppedFrames: 0 },
    frameRate: { value: 15, unit: '/s', n: 120, low: 15, high: 15, method: 'test' },
    tiles: others.map(tile),
    voices: others.map((other) => voice(other, true)),
    ownVoice: voice(id, false),
    packets: {
      lossRatio: { value: 0, unit: '', n: 1000, low: 0, high: 0, method: 'test' },
      jitterMs: { value: 2, unit: 'ms', n: 1000, low: 2, high: 2, method: 'test' },
    },
    corroborations: [
      {
        id: 'frames-shown',
        what: 'Pictures decoded and shown',
        unit: 'pictures',
        claims: [
          { source: 'getStats', value: 121 },
          { source: 'capture', value: 120 },
        ],
        tolerance: 5,
        agrees: true,
      },
    ],
  };
};

/** A conference of three in which all is well: tests spoil one thing at a time. */
export function goodTrace(): Trace {
  const plan: Plan = {
    version: 1,
    runId: 'test',
    scenario: { id: 'test', title: 'Test', file: 'test', story: '' },
    seed: 1,
    createdAt: '2026-01-01T00:00:00Z',
    command: './plugfest run',
    participants: PEOPLE.map((id, number) => ({
      id,
      number,
      name: id,
      kind: 'federated',
      profile: 'test',
      uri: `sip:${id}@corp.example`,
      simulated: true,
      look: number,
      video: { width: 640, height: 360, frameRate: 15 },
    })),
    peers: [],
    conference: { uri: 'sip:meeting@corp.example', layout: 'equal-2x2', width: 640, height: 360, frameRate: 15 },
    mediaMs: 8000,
    expectations: aRealConference(),
    variant: 'as-written',
    sabotage: [],
    environment: {},
  };
  const measurements: Measurements = {
    version: 1,
    runId: 'test',
    mediaStartUs: 1_000_000,
    mediaEndUs: 9_000_000,
    joined: [...PEOPLE],
    refusals: [],
    viewers: PEOPLE.map(viewer),
  };
  return { plan, events: [], measurements };
}
