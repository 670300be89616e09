import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, openTemporaryDirectory, type TemporaryDirectory } from '@plugfest/host';
import { type AudioChunk, type ParticipantPlan, type Sabotage, type VideoFrame, VirtualClock } from '@plugfest/model';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCodeStrip } from './code-strip.ts';
import { LiveSource } from './live-source.ts';
import { ParticipantSource } from './participant-source.ts';
import { SourceError } from './speech.ts';

const plan = (look: number): ParticipantPlan => ({
  id: `look-${look}`,
  number: look,
  name: 'Somebody',
  kind: 'sip-room',
  profile: 'test',
  uri: 'sip:somebody@example.org',
  simulated: false,
  look,
  video: { width: 160, height: 90, frameRate: 15 },
});

const espeak = await findTool('espeak-ng');
let directory: TemporaryDirectory;
let source: ParticipantSource;
let other: ParticipantSource;
beforeAll(async () => {
  directory = await openTemporaryDirectory('source-test');
  if (!espeak.found) return console.warn(`sources are not tested: ${espeak.reason}`);
  const prepare = (look: number): Promise<ParticipantSource> =>
    ParticipantSource.prepare({ participant: plan(look), cacheDir: directory.path });
  [source, other] = await Promise.all([prepare(2), prepare(3)]);
}, 60_000);
afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

it('names what is missing and what mends it where there is no espeak-ng', async () => {
  await expect(
    ParticipantSource.prepare({
      participant: plan(5),
      cacheDir: join(directory.path, 'none'),
      tools: { espeakNg: '/nowhere/espeak-ng' },
    }),
  ).rejects.toMatchObject({ code: 'espeak-ng-missing' });
  expect(new SourceError('espeak-ng-missing', 'none', 'apt-get install espeak-ng').message).toContain(
    'apt-get install espeak-ng',
  );
});

describe.runIf(espeak.found)('a participant', () => {
  it('is cached, one file each, and the same when read again', async () => {
    expect(readdirSync(directory.path).filter((name) => name.endsWith('.bin')).length).toBe(2);
    const again = await ParticipantSource.prepare({
      participant: plan(2),
      cacheDir: directory.path,
      tools: { espeakNg: '/not/needed' },
    });
    expect(Buffer.compare(again.frameAt(33).data, source.frameAt(33).data)).toBe(0);
    expect(again.speech).toEqual(source.speech);
  });

  it('never shows the same picture twice in its loop of six seconds or more, and looks like nobody else', () => {
    const { loopFrames } = source;
    expect(loopFrames / 15).toBeGreaterThanOrEqual(6);
    const pictures = new Set(
      Array.from({ length: loopFrames }, (_, n) => Buffer.from(source.frameAt(n).data).toString('latin1')),
    );
    expect(pictures.size).toBe(loopFrames);
    const [a, b] = [source.frameAt(0).data, other.frameAt(0).data];
    const difference = a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
    expect(difference).toBeGreaterThan(15);
  });

  it('says the same of frame n and of frame n + 4096: all that the code can tell', () => {
    expect(Buffer.compare(source.frameAt(4096 + 77).data, source.frameAt(77).data)).toBe(0);
    expect((source.speech.length * 15) / 48_000).toBe(512);
  });

  it('opens its mouth while it speaks: more light and dark around the mouth in loud frames of one pose', () => {
    const energy = (n: number): number => source.speechAt((n * 1e6) / 15, 3200).reduce((sum, s) => sum + s * s, 0);
    // The same pose returns every loop with another sound.
    const pose = Array.from({ length: 4 }, (_, turn) => 40 + turn * source.loopFrames);
    const byEnergy = pose.sort((a, b) => energy(a) - energy(b));
    const [quiet, loud] = [source.frameAt(byEnergy[0] as number), source.frameAt(byEnergy.at(-1) as number)];
    const changed = Array.from(quiet.data.subarray(0, 160 * 90)).flatMap((value, at) =>
      Math.abs(value - (loud.data[at] as number)) > 6 ? [Math.floor(at / 160)] : [],
    );
    expect(changed.length).toBeGreaterThan(5);
    expect(Math.min(...changed)).toBeGreaterThan(45);
  });

  it('speaks at -20 dBFS and never pauses for long', () => {
    const rms = (samples: Int16Array): number =>
      20 * Math.log10(Math.sqrt(samples.reduce((s, v) => s + v * v, 0) / samples.length) / 32_768);
    expect(rms(source.speech)).toBeGreaterThan(-24);
    expect(rms(source.speech)).toBeLessThan(-19);
    for (let at = 0; at + 24_000 < source.speech.length; at += 24_000)
      expect(rms(source.speech.subarray(at, at + 24_000))).toBeGreaterThan(-35);
  });

  it('goes on from the end of its speech to the beginning, and is silent before its start', () => {
    const end = (source.speech.length * 1e6) / 48_000;
    expect(Array.from(source.speechAt(end - 10_000, 960))).toEqual([
      ...source.speech.subarray(-480),
      ...source.speech.subarray(0, 480),
    ]);
    expect(Array.from(source.speechAt(-10_000, 960))).toEqual([
      ...new Array(480).fill(0),
      ...source.speech.subarray(0, 480),
    ]);
    expect(source.speechAt(-60_000, 960).every((sample) => sample === 0)).toBe(true);
  });

  it('stamps who, which and when', () => {
    expect(readCodeStrip(source.stamped(4097, 20_000_900))).toEqual({
      participant: 2,
      frameNumber: 1,
      sentMs: 20_000 % 16_384,
    });
  });
});

describe.runIf(espeak.found)('a live source', () => {
  const run = (
    durationMs: number,
    sabotage: Sabotage[] = [],
    stepMs = 1,
  ): { clock: VirtualClock; frames: VideoFrame[]; sentUs: number[]; chunks: AudioChunk[] } => {
    const clock = new VirtualClock(1_000_000);
    const [frames, sentUs, chunks]: [VideoFrame[], number[], AudioChunk[]] = [[], [], []];
    const onVideo = (frame: VideoFrame): void => {
      frames.push(frame);
      sentUs.push(clock.nowUs());
    };
    const live = LiveSource.start({ source, clock, onVideo, onAudio: (chunk) => chunks.push(chunk), sabotage });
    for (let at = 0; at < durationMs; at += stepMs) clock.advanceMs(stepMs);
    live.stop();
    clock.advanceMs(1000);
    expect(clock.pending).toBe(0);
    return { clock, frames, sentUs, chunks };
  };
  const broken = (kind: Sabotage['kind'], amount?: number): Sabotage[] => [{ participant: 'look-2', kind, amount }];
  const sentMsOf = (us: number): number => Math.floor(us / 1000) % 16_384;

  it('sends frame n at n / rate and tick k at 20 k ms, without drift, stamped with the time of sending', () => {
    const { frames, sentUs, chunks } = run(3999);
    expect(frames.length).toBe(60);
    expect(chunks.length).toBe(200);
    for (const [n, frame] of frames.entries()) {
      const lateUs = (sentUs[n] as number) - (1_000_000 + (n * 1e6) / 15);
      expect(lateUs).toBeGreaterThanOrEqual(-1);
      expect(lateUs).toBeLessThan(2100);
      expect(readCodeStrip(frame)).toEqual({ participant: 2, frameNumber: n, sentMs: sentMsOf(sentUs[n] as number) });
    }
    expect(chunks.map(({ ptsUs }) => ptsUs)).toEqual(Array.from({ length: 200 }, (_, k) => 1_000_000 + k * 20_000));
    expect(chunks.flatMap(({ samples }) => Array.from(samples))).toEqual(
      Array.from(source.speech.subarray(0, 200 * 960)),
    );
  });

  it('catches up with the sound after a stall, and leaves out pictures that are too late', () => {
    const clock = new VirtualClock(0);
    let [frames, chunks] = [0, 0];
    const stalled: typeof clock.schedule = (delayMs, go) => clock.schedule(delayMs, go);
    let skewUs = 0;
    const late = { nowUs: () => clock.nowUs() + skewUs, schedule: stalled };
    const live = LiveSource.start({ source, clock: late, onVideo: () => frames++, onAudio: () => chunks++ });
    clock.advanceMs(1000);
    skewUs = 2_000_000;
    clock.advanceMs(100);
    live.stop();
    expect(chunks).toBe(156);
    expect(live.framesSkipped).toBeGreaterThan(20);
    expect(frames + live.framesSkipped).toBe(47);
  });

  it('freeze: after two seconds the same picture again and again', () => {
    const codes = run(4000, broken('freeze')).frames.map((frame) => readCodeStrip(frame)?.frameNumber);
    expect(codes.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(new Set(codes.slice(30))).toEqual(new Set([30]));
  });

  it('black: no picture, no code, all the sound', () => {
    const { frames, chunks } = run(500, broken('black'));
    expect(
      frames.every((frame) => frame.data.subarray(0, 160 * 90).every((luma) => luma === 16) && !readCodeStrip(frame)),
    ).toBe(true);
    expect(chunks.some(({ samples }) => samples.some((sample) => sample !== 0))).toBe(true);
  });

  it('mute: silence, and the picture goes on', () => {
    const { frames, chunks } = run(499, broken('mute'));
    expect(chunks.length).toBe(25);
    expect(chunks.every(({ samples }) => samples.every((sample) => sample === 0))).toBe(true);
    expect(frames.length).toBe(8);
  });

  it('delay: picture and sound later than stamped, by the same', () => {
    const { frames, sentUs, chunks } = run(2000, broken('delay', 300));
    for (const [n, frame] of frames.entries())
      expect(readCodeStrip(frame)?.sentMs).toBe(sentMsOf((sentUs[n] as number) - 300_000));
    const heard = chunks.flatMap(({ samples }) => Array.from(samples));
    expect(heard.slice(0, 14_400).every((sample) => sample === 0)).toBe(true);
    expect(heard.slice(14_400)).toEqual(Array.from(source.speech.subarray(0, heard.length - 14_400)));
  });

  it('delay from a moment on: nothing of before is late, nothing is said twice, all of after is late', () => {
    const from: Sabotage[] = [{ participant: 'look-2', kind: 'delay', amount: 200, fromMs: 1000 }];
    const { frames, sentUs, chunks } = run(2500, from);
    for (const [n, frame] of frames.entries()) {
      const lateUs = n < 15 ? 0 : 200_000;
      expect(readCodeStrip(frame)).toEqual({
        participant: 2,
        frameNumber: n,
        sentMs: sentMsOf((sentUs[n] as number) - lateUs),
      });
    }
    const heard = chunks.flatMap(({ samples }) => Array.from(samples));
    const [second, fifth] = [48_000, 9600];
    expect(heard.slice(0, second)).toEqual(Array.from(source.speech.subarray(0, second)));
    expect(heard.slice(second, second + fifth).every((sample) => sample === 0)).toBe(true);
    expect(heard.slice(second + fifth)).toEqual(Array.from(source.speech.subarray(second, heard.length - fifth)));
  });

  it('freeze from a moment to another', () => {
    const from: Sabotage[] = [{ participant: 'look-2', kind: 'freeze', fromMs: 500, untilMs: 800 }];
    const codes = run(999, from).frames.map((frame) => readCodeStrip(frame)?.frameNumber);
    expect(codes).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 12, 13, 14]);
  });

  it('lipsync: only the sound later', () => {
    const { frames, sentUs, chunks } = run(1000, broken('lipsync', 250));
    expect(readCodeStrip(frames[5] as VideoFrame)?.sentMs).toBe(sentMsOf(sentUs[5] as number));
    const heard = chunks.flatMap(({ samples }) => Array.from(samples));
    expect(heard.slice(12_000)).toEqual(Array.from(source.speech.subarray(0, heard.length - 12_000)));
  });

  it("passes over another's sabotage", () => {
    expect(
      run(300, [{ participant: 'somebody-else', kind: 'black' }]).frames.every((frame) => readCodeStrip(frame)),
    ).toBe(true);
  });
});
