import type { Measured } from '@plugfest/model';
import { NARROW_BAND } from '../narrow-band.ts';
import { WHITENING, whiten } from '../spectral-whitening.ts';
import { HEARD_SIGMAS } from '../voice-measurement.ts';
import { searchVoices } from '../voice-search.ts';
import { bootstrapSums } from './block-sums.ts';
import { resampledTo } from './rational-resampling.ts';
import { durationMs, type Sound } from './sound.ts';

/** Longer than any echo that a network makes. */
const LONGEST_MS = 1000;
const LEAST_MS = 2000;
const BLOCK_MS = 20;
const FULL_SCALE = 32_768;

export interface Echo {
  /** How much weaker the own voice comes back. */
  readonly echoLossDb: Measured;
  readonly echoDelayMs: Measured;
}

/** The own voice coming back in what is heard: looked for in the telephone band, whitened, then measured by projection at the sound's own rate. */
export function findEcho(heard: Sound, ownVoice: Sound | undefined): Echo {
  if (!ownVoice) return none('no own voice was given');
  if (heard.sampleRateHz !== ownVoice.sampleRateHz) return none('the sounds have different sample rates');
  const commonMs = Math.min(durationMs(heard), durationMs(ownVoice));
  if (commonMs < LEAST_MS) return none(`shorter than ${LEAST_MS / 1000} s`);
  const coarse = searchDelay(heard, ownVoice);
  if (coarse === undefined) return none('the own voice was not found in what was heard');
  const { sampleRateHz } = heard;
  const reach = Math.ceil(sampleRateHz / NARROW_BAND.sampleRateHz);
  const delay = refined(heard.samples, ownVoice.samples, Math.round(coarse * sampleRateHz), reach);
  return measured(heard, ownVoice, delay);
}

function none(reason: string): Echo {
  return { echoLossDb: { notMeasured: reason }, echoDelayMs: { notMeasured: reason } };
}

/** In seconds. */
function searchDelay(heard: Sound, ownVoice: Sound): number | undefined {
  const { sampleRateHz } = NARROW_BAND;
  const [mix, voice] = [heard, ownVoice].map(({ samples, sampleRateHz: from }) =>
    resampledTo(samples, from, sampleRateHz).map((sample) => sample * FULL_SCALE),
  ) as [Float64Array, Float64Array];
  const longest = (LONGEST_MS * sampleRateHz) / 1000;
  // The template is as late as an echo can be, so that lags count backwards from there.
  const late = new Float64Array(Math.max(mix.length, voice.length) + 2 * longest);
  late.set(whiten(voice, WHITENING.voice), longest);
  const [search] = searchVoices(whiten(mix, WHITENING.mix), [late], longest + 1);
  if (!search || search.whole.prominence < HEARD_SIGMAS.whole) return undefined;
  return Math.max(0, longest - search.whole.lag) / sampleRateHz;
}

function refined(heard: Float32Array, voice: Float32Array, coarse: number, reach: number): number {
  let [best, most] = [coarse, -1];
  for (let delay = Math.max(0, coarse - reach); delay <= coarse + reach; delay++) {
    let sum = 0;
    for (let n = delay; n < heard.length; n++) sum += (heard[n] as number) * (voice[n - delay] ?? 0);
    if (Math.abs(sum) > most) [best, most] = [delay, Math.abs(sum)];
  }
  return best;
}

function measured({ samples, sampleRateHz }: Sound, { samples: voice }: Sound, delay: number): Echo {
  const length = Math.round((BLOCK_MS * sampleRateHz) / 1000);
  const common = Math.min(samples.length - delay, voice.length);
  const blocks = Math.floor(common / length);
  const [own, both] = [new Float64Array(blocks), new Float64Array(blocks)];
  for (let i = 0; i < blocks * length; i++) {
    const block = Math.floor(i / length);
    const v = voice[i] as number;
    own[block] = (own[block] as number) + v * v;
    both[block] = (both[block] as number) + v * (samples[i + delay] as number);
  }
  const loss = bootstrapSums([own, both], ([vv, vh]) => -20 * Math.log10(Math.abs((vh as number) / (vv as number))));
  if (!Number.isFinite(loss.value)) return none('the own voice is silent where it would be heard');
  const step = 1000 / sampleRateHz;
  const delayMs = delay * step;
  return {
    echoLossDb: { ...loss, unit: 'dB', n: blocks, method: 'echo-projection-1' },
    echoDelayMs: {
      value: delayMs,
      unit: 'ms',
      n: blocks,
      low: delayMs - step,
      high: delayMs + step,
      method: 'echo-correlation-1; interval: one sample',
    },
  };
}
