import type { Measured, VoiceMeasurement } from '@plugfest/model';
import { medianOf, notMeasured } from './distribution.ts';
import { NARROW_BAND, toNarrowBand } from './narrow-band.ts';
import type { SoundTrack } from './sound-track.ts';
import { WHITENING, whiten } from './spectral-whitening.ts';
import { type FoundVoice, fitVoices, type VoiceLevel } from './voice-levels.ts';
import { energyOf, searchVoice, type VoiceSearch, windowsOf } from './voice-search.ts';

/** Delays that are looked at: a little before the voice was sent (clock mapping) up to almost two seconds. */
export const VOICE_DELAY_MS = { min: -100, max: 1900 } as const;

/**
 * Sigmas above the other lags that count as heard. By chance one of 16,000 lags passes 7.5 once in 10⁹ searches; voices that were absent
 * reached 5.8, present ones 26 and more, one's own voice at −20 dB 13 and more.
 */
export const HEARD_SIGMAS = { whole: 7.5, window: 8.5 } as const;

/** Speech below this root mean square (dBFS −65) is none. */
const SILENT_RMS = 18;

const RATE = NARROW_BAND.sampleRateHz;
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

/** Finds each known voice in what was played: heard or not, how late, how loud. In the order of `voices`. */
export function measureVoices(track: SoundTrack, voices: readonly KnownVoice[]): VoiceMeasurement[] {
  const mix = toNarrowBand(track.samples);
  if (mix.length < RATE / 2 || track.capturedMs < 500) {
    return voices.map(({ participant }) => unheard(participant, 'less than 0.5 s of sound was captured'));
  }
  const whitened = whiten(mix, WHITENING.mix);
  const searches = voices.map((voice) => searchFor(voice, track, whitened));
  const heard = searches.filter((search) => search.isHeard);
  const levels = fitVoices(mix, heard.map(foundVoice));
  return searches.map((search) => {
    const level = levels[heard.indexOf(search)];
    return level ? heardVoice(search, level, track) : unheard(search.participant, search.reason, search.result);
  });
}

interface Search {
  readonly participant: string;
  readonly template: Float64Array;
  readonly result?: VoiceSearch;
  readonly isHeard: boolean;
  readonly reason: string;
}

function searchFor({ participant, spokenFrom }: KnownVoice, track: SoundTrack, whitened: Float64Array): Search {
  const nothing = { participant, template: new Float64Array(0), isHeard: false };
  if (!spokenFrom) return { ...nothing, reason: 'it is not known when this voice began' };
  const spoken = spokenFrom(track.fromUs - VOICE_DELAY_MS.max * 1000, track.samples.length + LAGS * 6);
  const template = toNarrowBand(spoken);
  const energy = energyOf(template, 0, template.length);
  if (energy / template.length < SILENT_RMS ** 2) return { ...nothing, reason: 'this voice said nothing in that time' };
  const result = searchVoice(whitened, whiten(template, WHITENING.voice), LAGS);
  const isHeard =
    result.whole.prominence >= HEARD_SIGMAS.whole ||
    result.windows.some(({ prominence }) => prominence >= HEARD_SIGMAS.window);
  return { participant, template, result, isHeard, reason: 'this voice was not heard' };
}

/** A window in which the voice does not stand out by itself has the delay of the whole. */
function foundVoice({ template, result }: Search): FoundVoice {
  const { whole, windows } = result as VoiceSearch;
  const sure = windows.filter(({ prominence }) => prominence >= HEARD_SIGMAS.window);
  const otherwise = whole.prominence >= HEARD_SIGMAS.whole ? whole.lag : medianOf(sure.map(({ lag }) => lag));
  return {
    template,
    lags: windows.map(({ lag, prominence }) => (prominence >= HEARD_SIGMAS.window ? lag : otherwise)),
  };
}

function heardVoice({ participant, result }: Search, level: VoiceLevel, track: SoundTrack): VoiceMeasurement {
  const { whole, windows } = result as VoiceSearch;
  const sure = windows.filter(({ prominence }) => prominence >= HEARD_SIGMAS.window);
  const peaks = sure.length > 0 ? sure : [whole];
  const delays = peaks.map(
    ({ lag, start, length }) =>
      VOICE_DELAY_MS.max - (lag * 1000) / RATE + track.latenessUs(start * 6, (start + length) * 6) / 1000,
  );
  const n = windowsOf(whole.length).length;
  return {
    participant,
    heard: true,
    levelDb: { value: level.levelDb, unit: 'dB', n, method: METHODS.level },
    audioDelayMs: delayOf(delays),
    correlation: level.correlation,
    prominence: whole.prominence,
  };
}

/** The sampling grid alone leaves this much open. */
const RESOLUTION_MS = 0.0625;

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
    prominence: result?.whole.prominence ?? 0,
  };
}
