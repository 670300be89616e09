import type { Measured, VoiceMeasurement } from '@plugfest/model';
import { medianOf, notMeasured } from './distribution.ts';
import { NARROW_BAND, toNarrowBand } from './narrow-band.ts';
import type { SoundTrack } from './sound-track.ts';
import { WHITENING, whiten } from './spectral-whitening.ts';
import { type FoundVoice, fitVoices, type VoiceLevel } from './voice-levels.ts';
import { energyOf, searchVoices, type VoiceSearch, windowsOf } from './voice-search.ts';

/** Delays that are looked at: a little before the voice was sent (clock mapping) up to almost two seconds. */
export const VOICE_DELAY_MS = { min: -100, max: 1900 } as const;

/**
 * Sigmas above the other lags that count as heard: of 16,000 lags of noise one passes 8 in 10¹⁰ searches. In 2 s of real codecs, voices that
 * were absent reached 6.2 (median 4.3) and present ones began at 23; in 8 s one's own voice 35 dB below three others had 9 to 17.
 */
export const HEARD_SIGMAS = { whole: 8, window: 9 } as const;

/** Speech below this root mean square (dBFS −65) is none. */
const SILENT_RMS = 18;

const RATE = NARROW_BAND.sampleRateHz;
const DECIMATION = 48_000 / RATE;
const LAGS = ((VOICE_DELAY_MS.max - VOICE_DELAY_MS.min) / 1000) * RATE;

const METHODS = {
  delay: 'peak of the whitened cross-correlation with the known speech, 300-3300 Hz, median of windows of 2 s',
  level: 'least squares over all voices found, a filter of ±1 ms a voice, 300-3300 Hz',
} as const;

/** A participant's known speech. */
export interface KnownVoice {
  readonly participant: string;
  /** `samples` samples at 48 kHz of what was spoken from that time of the run on; undefined where it is not known when the voice began. */
  readonly spokenFrom: ((atUs: number, samples: number) => Int16Array) | undefined;
}

/** A voice's speech at 8 kHz over the time in which a mix may contain it, as it is and whitened. */
interface Template {
  readonly plain: Float64Array;
  readonly whitened: Float64Array;
}

/** Templates by participant and time: viewers who were measured in the same time share them. */
export type TemplateCache = Map<string, Template>;

/** Finds each known voice in what was played: heard or not, how late, how loud. In the order of `voices`. */
export function measureVoices(
  track: SoundTrack,
  voices: readonly KnownVoice[],
  cache: TemplateCache = new Map(),
): VoiceMeasurement[] {
  if (track.samples.length < RATE * 3 || track.capturedMs < 500) {
    return voices.map(({ participant }) => unheard(participant, 'less than 0.5 s of sound was captured'));
  }
  const mix = toNarrowBand(track.samples);
  const templates = voices.map((voice) => templateOf(voice, track, cache));
  const spoken = templates.filter((template) => typeof template !== 'string');
  const found = searchVoices(
    whiten(mix, WHITENING.mix),
    spoken.map(({ whitened }) => whitened),
    LAGS,
  );
  const searches = templates.map((template, i): Search => {
    const { participant } = voices[i] as KnownVoice;
    if (typeof template === 'string') return { participant, isHeard: false, reason: template };
    const result = found[spoken.indexOf(template)] as VoiceSearch;
    return { participant, template, result, isHeard: standsOut(result), reason: 'this voice was not heard' };
  });
  const heard = searches.filter((search) => search.isHeard);
  const levels = fitVoices(mix, heard.map(foundVoice));
  return searches.map((search) => {
    const level = levels[heard.indexOf(search)];
    return level ? heardVoice(search, level, track) : unheard(search.participant, search.reason, search.result);
  });
}

interface Search {
  readonly participant: string;
  readonly template?: Template;
  readonly result?: VoiceSearch;
  readonly isHeard: boolean;
  readonly reason: string;
}

/** What a voice said, or why there is nothing to look for. */
function templateOf(
  { participant, spokenFrom }: KnownVoice,
  track: SoundTrack,
  cache: TemplateCache,
): Template | string {
  if (!spokenFrom) return 'it is not known what this voice said, or when';
  const key = `${participant}:${track.fromUs}:${track.samples.length}`;
  let template = cache.get(key);
  if (!template) {
    const plain = toNarrowBand(
      spokenFrom(track.fromUs - VOICE_DELAY_MS.max * 1000, track.samples.length + LAGS * DECIMATION),
    );
    template = { plain, whitened: whiten(plain, WHITENING.voice) };
    cache.set(key, template);
  }
  const { plain } = template;
  const isSilent = energyOf(plain, 0, plain.length) / plain.length < SILENT_RMS ** 2;
  return isSilent ? 'this voice said nothing in that time' : template;
}

function standsOut({ whole, windows }: VoiceSearch): boolean {
  const best = Math.max(...windows.map(({ prominence }) => prominence));
  return whole.prominence >= HEARD_SIGMAS.whole || best >= HEARD_SIGMAS.window;
}

/** A window in which the voice does not stand out by itself has the delay of the whole. */
function foundVoice({ template, result }: Search): FoundVoice {
  const { whole, windows } = result as VoiceSearch;
  const sure = windows.filter(({ prominence }) => prominence >= HEARD_SIGMAS.window);
  const otherwise = whole.prominence >= HEARD_SIGMAS.whole ? whole.lag : medianOf(sure.map(({ lag }) => lag));
  return {
    template: (template as Template).plain,
    lags: windows.map(({ lag, prominence }) => (prominence >= HEARD_SIGMAS.window ? lag : otherwise)),
  };
}

function heardVoice({ participant, result }: Search, level: VoiceLevel, track: SoundTrack): VoiceMeasurement {
  const { whole, windows } = result as VoiceSearch;
  const sure = windows.filter(({ prominence }) => prominence >= HEARD_SIGMAS.window);
  const peaks = sure.length > 0 ? sure : [whole];
  const delays = peaks.map(
    ({ lag, start, length }) =>
      VOICE_DELAY_MS.max -
      (lag * 1000) / RATE +
      track.latenessUs(start * DECIMATION, (start + length) * DECIMATION) / 1000,
  );
  const n = windowsOf(whole.length).length;
  const margin = level.marginDb + CALIBRATED_DB;
  return {
    participant,
    heard: true,
    levelDb: {
      value: level.levelDb,
      unit: 'dB',
      n,
      low: level.levelDb - margin,
      high: level.levelDb + margin,
      method: METHODS.level,
    },
    audioDelayMs: delayOf(delays),
    correlation: level.correlation,
    prominence: whole.prominence,
  };
}

/** Times in a capture are whole milliseconds: this much is always open. */
const RESOLUTION_MS = 0.5;
/** What calibration with real codecs found a level to be off, at most. */
const CALIBRATED_DB = 0.15;

function delayOf(delays: readonly number[]): Measured {
  return {
    value: medianOf(delays),
    unit: 'ms',
    n: delays.length,
    low: Math.min(...delays) - RESOLUTION_MS,
    high: Math.max(...delays) + RESOLUTION_MS,
    method: METHODS.delay,
  };
}

function unheard(participant: string, reason: string, result?: VoiceSearch): VoiceMeasurement {
  return {
    participant,
    heard: false,
    levelDb: notMeasured(reason),
    audioDelayMs: notMeasured(reason),
    correlation: result?.whole.correlation ?? 0,
    prominence: result?.whole.prominence,
  };
}
