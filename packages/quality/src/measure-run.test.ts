import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureWriter, type ParticipantSource } from '@plugfest/media';
import {
  type Distribution,
  type Measured,
  type Measurements,
  measurementsSchema,
  type RunEvent,
  type TileMeasurement,
  type ViewerMeasurement,
} from '@plugfest/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { measureRun } from './measure-run.ts';
import {
  type ConferenceOptions,
  DEFAULT_AUDIO_DELAY_MS,
  type Injection,
  type SyntheticRun,
  synthesise,
} from './synthetic-conference.ts';
import { espeak, prepareParticipants } from './synthetic-participants.ts';

const SECONDS = 4;
/** What the codec and its rate converters add to the sound on two legs; checked on its own in voice-measurement.test.ts. */
const CODEC_DELAY_MS = 4.7;

const numberOf = (measured: Measured | undefined): number =>
  measured && 'value' in measured ? measured.value : Number.NaN;
const medianOf = (distribution: Distribution | undefined): number =>
  distribution && 'p50' in distribution ? distribution.p50 : Number.NaN;
const middle = (values: number[] = []): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

describe.skipIf(!espeak.found)('measureRun', () => {
  let sources: ParticipantSource[];
  const directories: string[] = [];
  beforeAll(async () => {
    sources = await prepareParticipants(4);
  }, 120_000);
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true });
  });

  interface Outcome {
    readonly dir: string;
    readonly run: SyntheticRun;
    readonly measured: Measurements;
    readonly viewer: ViewerMeasurement;
    readonly tile: (id: string) => TileMeasurement;
  }
  function directory(): string {
    const dir = mkdtempSync(join(tmpdir(), 'plugfest-quality-'));
    directories.push(dir);
    return dir;
  }
  async function outcome(dir: string, run: SyntheticRun, events: RunEvent[] = run.events): Promise<Outcome> {
    const measured = await measureRun(dir, run.plan, events);
    expect(measurementsSchema.parse(JSON.parse(JSON.stringify(measured)))).toBeTruthy();
    const viewer = measured.viewers[0] as ViewerMeasurement;
    const tile = (id: string): TileMeasurement =>
      viewer.tiles.find(({ participant }) => participant === id) as TileMeasurement;
    return { dir, run, measured, viewer, tile };
  }
  /** p1's view of p2, with one thing done to it. */
  async function conference(injection: Injection = {}, options: Partial<ConferenceOptions> = {}): Promise<Outcome> {
    const dir = directory();
    const run = await synthesise(dir, {
      sources: sources.slice(0, 3),
      seconds: SECONDS,
      viewers: 1,
      injection,
      ...options,
    });
    return outcome(dir, run);
  }

  test.each([
    ['equal-2x2', 'h264', 'g722', 400_000],
    ['one-plus-five', 'vp8', 'opus', 400_000],
    ['equal-2x2', 'h264', 'pcmu', 200_000],
  ] as const)('nothing wrong: %s, %s, %s, %i bit/s', async (layout, videoCodec, audioCodec, bitrateBps) => {
    const { dir, run, viewer, tile } = await conference({}, { layout, videoCodec, audioCodec, bitrateBps });
    expect(viewer.capture).toEqual({
      file: 'captures/p1.mkv',
      videoFrames: expect.closeTo(60, -0.5),
      audioMs: 4000,
      droppedFrames: 0,
      fault: undefined,
      clockErrorMs: { value: 0.5, unit: 'ms', n: 1, low: 0, high: 0.5, method: expect.stringContaining('own clock') },
    });
    expect(viewer.tiles.map(({ participant, seat, announcedSeat }) => [participant, seat, announcedSeat])).toEqual([
      ['p2', 0, 0],
      ['p3', 1, 1],
    ]);
    for (const id of ['p2', 'p3']) {
      const seen = tile(id);
      expect(seen.readableFrames).toBe(seen.frames);
      expect(seen.rightFrames).toBe(seen.frames);
      expect(seen.strangerFrames).toBe(0);
      expect(numberOf(seen.frameRate)).toBeCloseTo(15, 0);
      expect(seen.freezes).toEqual([]);
      // The capture has whole milliseconds.
      expect(Math.abs(medianOf(seen.videoDelayMs) - middle(run.delaysMs[id]))).toBeLessThan(1.1);
      expect(medianOf(seen.ssimY)).toBeGreaterThan(bitrateBps > 300_000 ? 0.93 : 0.88);
      expect(medianOf(seen.psnrY)).toBeGreaterThan(33);
      expect(seen.series).toHaveLength(seen.readableFrames);
    }
    expect(viewer.voices.map(({ participant, heard }) => [participant, heard])).toEqual([
      ['p2', true],
      ['p3', true],
    ]);
    for (const voice of viewer.voices) expect(Math.abs(numberOf(voice.levelDb))).toBeLessThan(0.5);
    expect(viewer.ownVoice.heard).toBe(false);
    expect(
      readFileSync(join(dir, viewer.picture ?? ''))
        .subarray(1, 4)
        .toString(),
    ).toBe('PNG');
  });

  test('waits, witnesses and load are told as far as the events know them', async () => {
    const { dir, run, viewer } = await conference();
    expect(viewer.interaction?.firstPictureMs).toEqual({ notMeasured: 'it is not known when the call was made' });
    expect(viewer.corroborations).toEqual([]);
    const startUs = run.events.find(({ type }) => type === 'media.started')?.atUs ?? 0;
    const more: RunEvent[] = [
      { atUs: startUs - 900_000, type: 'participant.joining', participant: 'p1', data: {} },
      { atUs: startUs - 800_000, type: 'clock.mapped', participant: 'p1', data: { offsetUs: 1, errorUs: 2500 } },
      { atUs: startUs + 1, type: 'harness.load', data: { busy: 0.75, own: 0.25, processors: 2 } },
      {
        atUs: startUs + 5_000_000,
        type: 'webrtc.stats',
        participant: 'p1',
        data: { reports: [{ type: 'inbound-rtp', kind: 'video', mid: '1', framesDecoded: 200, packetsReceived: 9 }] },
      },
    ];
    const told = await outcome(dir, run, [...run.events, ...more]);
    const { interaction, capture, corroborations } = told.viewer;
    // The capture begins 500 ms before the window.
    expect(interaction?.firstPictureMs).toMatchObject({ value: expect.closeTo(400, 0), low: expect.closeTo(397, 0) });
    expect(interaction?.firstSoundMs).toMatchObject({ value: expect.closeTo(400, -3) });
    expect(interaction?.viewChanges.map(({ participant, seat }) => [participant, seat])).toEqual([
      ['p2', 0],
      ['p3', 1],
    ]);
    expect(interaction?.viewChangeMs).toMatchObject({ value: expect.closeTo(2000, 0), n: 2 });
    expect(capture.clockErrorMs).toMatchObject({ value: 3 });
    expect(corroborations).toMatchObject([{ id: 'frames-shown', agrees: false }]);
    expect(told.measured.harness?.cpuLoad).toMatchObject({ value: 0.75, low: 0.25, unit: 'ratio' });
  });

  test.each([0, 300, 800])('video delay of %i ms', async (videoDelayMs) => {
    const { run, tile } = await conference({ videoDelayMs });
    expect(Math.abs(medianOf(tile('p2').videoDelayMs) - middle(run.delaysMs.p2))).toBeLessThan(1.1);
    expect(medianOf(tile('p2').videoDelayMs)).toBeGreaterThanOrEqual(videoDelayMs - 1);
    expect(medianOf(tile('p2').videoDelayMs)).toBeLessThan(videoDelayMs + 68);
  });

  test.each([-125, 250, 900])('sound %i ms later than usual: audio delay and lip sync', async (laterMs) => {
    const audioDelayMs = DEFAULT_AUDIO_DELAY_MS + laterMs;
    const { run, viewer, tile } = await conference({ audioDelayMs }, { audioCodec: 'g722' });
    expect(Math.abs(numberOf(viewer.voices[0]?.audioDelayMs) - audioDelayMs - CODEC_DELAY_MS)).toBeLessThan(1);
    const truth = middle(run.delaysMs.p2) - audioDelayMs - CODEC_DELAY_MS;
    expect(Math.abs(numberOf(tile('p2').lipSyncMs) - truth)).toBeLessThan(2.5);
  });

  test('a freeze of 1.4 s is found where it was', async () => {
    const { measured, tile } = await conference({ freeze: { fromS: 1.5, toS: 2.9 } });
    const { freezes, frozenMs, frameRate } = tile('p2');
    expect(freezes).toHaveLength(1);
    expect(Math.abs((freezes[0]?.startUs ?? 0) - measured.mediaStartUs - 1_500_000)).toBeLessThan(70_000);
    expect(Math.abs(frozenMs - 1400)).toBeLessThan(70);
    expect(numberOf(frameRate)).toBeLessThan(11);
    expect(tile('p3').freezes).toEqual([]);
  });

  test('what freezes and stays frozen is frozen to the end', async () => {
    const { tile } = await conference({ freeze: { fromS: 1, toS: 99 } });
    expect(Math.abs(tile('p2').frozenMs - 3000)).toBeLessThan(70);
    expect(tile('p2').readableFrames).toBe(tile('p2').frames);
  });

  test('a picture that stops while the sound goes on is frozen, and no fault of the capture', async () => {
    const { viewer, tile } = await conference({ pictureEndsS: 2.5 });
    expect(viewer.capture.fault).toBeUndefined();
    for (const id of ['p2', 'p3']) {
      expect(Math.abs(tile(id).frozenMs - 1500)).toBeLessThan(80);
      expect(numberOf(tile(id).frameRate)).toBeLessThan(10.5);
    }
  });

  test('a seat that is announced late is measured from when it is shown', async () => {
    const { dir, run } = await conference();
    const startUs = run.events.find(({ type }) => type === 'media.started')?.atUs ?? 0;
    const events = run.events.flatMap((event) => {
      if (event.type !== 'view.changed' || event.participant !== 'p1') return [event];
      const early = { ...event, data: { ...event.data, seats: [null, 'p3'] } };
      return [early, { ...event, atUs: startUs + 2_000_000 }];
    });
    const { tile } = await outcome(dir, run, events);
    expect(tile('p2').frames).toBeCloseTo(30, -0.5);
    expect(numberOf(tile('p2').frameRate)).toBeGreaterThan(14);
    // It was there before it was announced: that is not right.
    expect(tile('p2').rightFrames).toBeLessThan(tile('p2').readableFrames / 1.5);
    expect(tile('p3').rightFrames).toBe(tile('p3').frames);
  });

  test('half the frame rate is not a freeze', async () => {
    const { tile } = await conference({ frameRate: 7.5 });
    expect(numberOf(tile('p2').frameRate)).toBeCloseTo(7.5, 0);
    expect(tile('p2').freezes).toEqual([]);
    expect(numberOf(tile('p3').frameRate)).toBeCloseTo(15, 0);
  });

  test('swapped tiles are read, not assumed', async () => {
    const { tile } = await conference({ isSwapped: true });
    for (const [id, seat, announcedSeat] of [
      ['p2', 1, 0],
      ['p3', 0, 1],
    ] as const) {
      expect(tile(id)).toMatchObject({ seat, announcedSeat, rightFrames: 0 });
      expect(tile(id).readableFrames).toBe(tile(id).frames);
      expect(tile(id).strangerFrames).toBe(tile(id).frames);
    }
  });

  test('the same participant in two seats is right in neither', async () => {
    const { tile } = await conference({ isDoubled: true });
    expect(tile('p2').readableFrames).toBe(0);
    expect(tile('p2').strangerFrames).toBe(tile('p2').frames);
    expect(tile('p3').readableFrames).toBe(tile('p3').frames);
    expect(tile('p3').rightFrames).toBe(0);
  });

  test('black: nothing readable, and dark', async () => {
    const { tile } = await conference({ isBlack: true });
    expect(tile('p2')).toMatchObject({ readableFrames: 0, rightFrames: 0, seat: -1, announcedSeat: 0 });
    expect(tile('p2').frames).toBeGreaterThan(55);
    expect(numberOf(tile('p2').meanLuma)).toBeLessThan(24);
    expect(numberOf(tile('p3').meanLuma)).toBeGreaterThan(60);
    expect(tile('p2').videoDelayMs).toHaveProperty('notMeasured');
    expect(tile('p2').frameRate).toHaveProperty('notMeasured');
  });

  test('muted: not heard, while the other is', async () => {
    const { viewer, tile } = await conference({ isMuted: true }, { audioCodec: 'g722' });
    expect(viewer.voices.map(({ heard }) => heard)).toEqual([false, true]);
    expect(viewer.voices[0]?.levelDb).toEqual({ notMeasured: 'this voice was not heard' });
    expect(tile('p2').lipSyncMs).toHaveProperty('notMeasured');
  });

  test.each([-20, -30])('own voice at %i dB is heard, with its level', async (ownVoiceDb) => {
    const { viewer } = await conference({ ownVoiceDb }, { audioCodec: 'g722' });
    expect(viewer.ownVoice).toMatchObject({ participant: 'p1', heard: true });
    expect(Math.abs(numberOf(viewer.ownVoice.levelDb) - ownVoiceDb)).toBeLessThan(1);
    expect(Math.abs(numberOf(viewer.ownVoice.audioDelayMs) - DEFAULT_AUDIO_DELAY_MS - CODEC_DELAY_MS)).toBeLessThan(1);
  });

  test('a quieter speaker has its level', async () => {
    const { viewer } = await conference({ gainDb: -12 }, { audioCodec: 'g722' });
    expect(Math.abs(numberOf(viewer.voices[0]?.levelDb) + 12)).toBeLessThan(0.3);
    expect(Math.abs(numberOf(viewer.voices[1]?.levelDb))).toBeLessThan(0.3);
  });

  test('a layout that was not announced is found, and is not right', async () => {
    const { dir, run } = await conference({}, { layout: 'one-plus-five' });
    const events = run.events.map((event) =>
      event.type === 'view.changed' ? { ...event, data: { ...event.data, layout: 'equal-2x2' } } : event,
    );
    const { tile } = await outcome(dir, run, events);
    expect(tile('p2').readableFrames).toBe(tile('p2').frames);
    expect(tile('p2').rightFrames).toBe(0);
  });

  test('without announcements and sources’ start nothing is made up', async () => {
    const { dir, run } = await conference();
    const events = run.events.filter(({ type }) => type !== 'view.changed' && type !== 'source.started');
    const { viewer, tile } = await outcome(dir, run, events);
    expect(tile('p2')).toMatchObject({ announcedSeat: -1, seat: 0, rightFrames: 0 });
    expect(tile('p2').readableFrames).toBeGreaterThan(55);
    expect(viewer.voices[0]).toMatchObject({
      heard: false,
      levelDb: { notMeasured: expect.stringContaining('not known') },
    });
    expect(viewer.ownVoice.prominence).toBeUndefined();
  });

  test('captures that are missing, cut, empty or garbage end in a fault', async () => {
    const dir = directory();
    const run = await synthesise(dir, { sources, seconds: SECONDS, viewers: 1 });
    const first = join(dir, 'captures/p1.mkv');
    truncateSync(first, Math.floor(statSync(first).size * 0.6));
    writeFileSync(join(dir, 'captures/p2.mkv'), 'this is no Matroska');
    writeFileSync(join(dir, 'captures/p3.mkv'), '');
    const { measured } = await outcome(dir, run);
    const faults = measured.viewers.map(({ capture }) => capture.fault);
    expect(faults[0]).toMatch(/^the capture ends [12]\.\d s before/);
    expect(faults[1]).toMatch(/^the capture cannot be read/);
    expect(faults[2]).toMatch(/^the capture cannot be read/);
    expect(faults[3]).toBe('there is no capture');
    expect(measured.viewers[0]?.tiles[0]?.readableFrames).toBeGreaterThan(20);
  });

  test('a capture without pictures says so', async () => {
    const dir = directory();
    const run = await synthesise(dir, { sources: sources.slice(0, 2), seconds: 2, viewers: 0 });
    const writer = CaptureWriter.open(join(dir, 'captures/p1.mkv'), { audio: { sampleRateHz: 48_000, channels: 1 } });
    const startUs = run.events.find(({ type }) => type === 'media.started')?.atUs ?? 0;
    for (let i = 0; i < 100; i++) {
      writer.writeAudio({
        samples: new Int16Array(960),
        sampleRateHz: 48_000,
        channels: 1,
        ptsUs: startUs + i * 20_000,
      });
    }
    await writer.close();
    const { viewer } = await outcome(dir, run);
    expect(viewer.capture.fault).toBe('no picture was captured while media were measured');
    expect(viewer.frameRate).toHaveProperty('notMeasured');
    expect(viewer.voices[0]?.heard).toBe(false);
  });

  test('a run without media has refusals and no viewers’ numbers', async () => {
    const dir = directory();
    const run = await synthesise(dir, { sources: sources.slice(0, 2), seconds: 2, viewers: 0 });
    const refusal = { statusCode: 403, reasonPhrase: 'Forbidden', rule: 'provider-enabled', diagnostics: '1;x' };
    const events: RunEvent[] = [{ atUs: 5, type: 'participant.refused', participant: 'p1', data: refusal }];
    const measured = await measureRun(dir, run.plan, events);
    expect(measured.refusals).toEqual([{ participant: 'p1', ...refusal, atUs: 5 }]);
    expect(measured).toMatchObject({ joined: [], viewers: [], mediaStartUs: 0, mediaEndUs: 0 });
  });
});
