import { buffer } from 'node:stream/consumers';
import { findExecutable, findTool, spawnOwned, type ToolStatus } from '@plugfest/host';
import { AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_S16, SoftwareResampleContext } from 'node-av';
import { SAMPLE_RATE_HZ } from './codec-names.ts';
import type { Voice } from './portrait/look.ts';
import { parseWav, type Sound } from './wav.ts';

/** What stands in the way of a participant's source; `fix` is the command that mends it, where one is known. */
export class SourceError extends Error {
  readonly code: 'espeak-ng-missing' | 'espeak-ng-failed';
  readonly fix: string;

  constructor(code: SourceError['code'], text: string, fix = '') {
    super(fix ? `${text}; to mend it: ${fix}` : text);
    this.code = code;
    this.fix = fix;
  }
}

/** 34.133 s: 512 frames at 15 a second, 1024 at 30; both divide the 4096 of a frame code, so picture and speech stay together for ever. */
export const SPEECH_SAMPLES = 1_638_400;

const SPEAKING_LEVEL = 32_768 * 10 ** (-20 / 20);
/** Analysis window. */
const WINDOW = SAMPLE_RATE_HZ / 100;
/** Quieter than this, against the level while speaking, is a pause. */
const PAUSE_RATIO = 0.08;
/** Pauses are cut to this many windows of 10 ms, so that any two seconds hold speech. */
const LONGEST_PAUSE = 16;

/** Finds espeak-ng. @throws SourceError where it is missing. */
export async function findEspeak(path?: string): Promise<string> {
  if (path && findExecutable(path)) return path;
  const status: ToolStatus = path
    ? { found: false, reason: `${path} cannot be run`, fix: '' }
    : await findTool('espeak-ng');
  if (status.found) return status.path;
  throw new SourceError('espeak-ng-missing', `no espeak-ng, so no speech can be made: ${status.reason}`, status.fix);
}

/**
 * Speaks the texts one after the other until 34 s are full: 48 kHz mono, -20 dBFS RMS while speaking, pauses under 0.2 s.
 * @throws SourceError where espeak-ng fails.
 */
export async function renderSpeech(espeak: string, voice: Voice, texts: readonly string[]): Promise<Int16Array> {
  const speech = new Int16Array(SPEECH_SAMPLES);
  let filled = 0;
  for (let turn = 0; filled < SPEECH_SAMPLES; turn++) {
    const text = texts[turn];
    if (text === undefined)
      throw new SourceError('espeak-ng-failed', `espeak-ng made only ${filled} samples of speech`);
    const spoken = shortenPauses(resample(await speak(espeak, voice, text), voice.size));
    speech.set(spoken.subarray(0, SPEECH_SAMPLES - filled), filled);
    filled += spoken.length;
  }
  normalise(speech);
  fadeEnds(speech);
  return speech;
}

/** One text as it is said, without the loop's seam. @throws SourceError where espeak-ng fails. */
export async function sayOnce(espeak: string, voice: Voice, text: string): Promise<Int16Array> {
  const spoken = Int16Array.from(resample(await speak(espeak, voice, text), voice.size));
  normalise(spoken);
  fadeEnds(spoken);
  return spoken;
}

async function speak(espeak: string, voice: Voice, text: string): Promise<Sound> {
  const knobs = ['-v', voice.name, '-p', String(voice.pitch), '-s', String(voice.wordsPerMinute)];
  const child = spawnOwned(espeak, ['--stdout', ...knobs, text.replace(/\s+/g, ' ')], { name: 'espeak-ng' });
  const [bytes, { code, signal }] = await Promise.all([buffer(child.stdout), child.exited]);
  const sound = parseWav(bytes);
  if (code === 0 && sound.ok && sound.value.samples.length > 0) return sound.value;
  const reason = sound.ok ? child.stderrTail().trim() : sound.error.text;
  throw new SourceError('espeak-ng-failed', `espeak-ng -v ${voice.name} ended with ${code ?? signal}: ${reason}`);
}

/** To 48 kHz, played `size` times faster: a smaller or larger speaker. */
function resample({ samples, sampleRateHz }: Sound, size: number): Int16Array {
  const resampler = new SoftwareResampleContext();
  const from = Math.round(sampleRateHz * size);
  const format = [AV_CHANNEL_LAYOUT_MONO, AV_SAMPLE_FMT_S16] as const;
  resampler.allocSetOpts2(...format, SAMPLE_RATE_HZ, ...format, from);
  resampler.init();
  const room = Math.ceil((samples.length * SAMPLE_RATE_HZ) / from) + 256;
  const out = new Int16Array(room);
  const input = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  const count = resampler.convertSync([Buffer.from(out.buffer)], room, [input], samples.length);
  resampler.free();
  return out.subarray(0, count);
}

function windowLevels(samples: Int16Array): Float64Array {
  return Float64Array.from({ length: Math.floor(samples.length / WINDOW) }, (_, w) => {
    let energy = 0;
    for (let i = w * WINDOW; i < (w + 1) * WINDOW; i++) energy += (samples[i] as number) ** 2;
    return Math.sqrt(energy / WINDOW);
  });
}

/** RMS of the windows that are not pauses. */
function speakingLevel(levels: Float64Array): number {
  const loudest = Math.max(...levels);
  const spoken = levels.filter((level) => level > loudest * PAUSE_RATIO);
  return Math.sqrt(spoken.reduce((sum, level) => sum + level * level, 0) / Math.max(1, spoken.length));
}

function shortenPauses(samples: Int16Array): Int16Array {
  const levels = windowLevels(samples);
  const limit = speakingLevel(levels) * PAUSE_RATIO;
  const out = new Int16Array(samples.length);
  let length = 0;
  let pause = 0;
  for (const [w, level] of levels.entries()) {
    pause = level < limit ? pause + 1 : 0;
    if (pause > LONGEST_PAUSE) continue;
    out.set(samples.subarray(w * WINDOW, (w + 1) * WINDOW), length);
    length += WINDOW;
  }
  return out.subarray(0, length);
}

function normalise(samples: Int16Array): void {
  const gain = SPEAKING_LEVEL / Math.max(1, speakingLevel(windowLevels(samples)));
  for (let i = 0; i < samples.length; i++) samples[i] = softClip((samples[i] as number) * gain);
}

/** Leaves what is under -3 dBFS alone and bends what is over, so that peaks do not wrap. */
function softClip(value: number): number {
  const knee = 23_000;
  const over = Math.abs(value) - knee;
  return over <= 0 ? Math.round(value) : Math.round(Math.sign(value) * (knee + 9_700 * Math.tanh(over / 9_700)));
}

/** The loop's seam must not click. */
function fadeEnds(samples: Int16Array): void {
  for (let i = 0; i < WINDOW; i++) {
    samples[i] = ((samples[i] as number) * i) / WINDOW;
    const last = samples.length - 1 - i;
    samples[last] = ((samples[last] as number) * i) / WINDOW;
  }
}
