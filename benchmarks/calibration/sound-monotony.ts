import { AudioDecoder, AudioEncoder } from '@plugfest/media';
import { type Measured, seededRandom } from '@plugfest/model';
import { compareSound, type Sound, soundOf, transmissionRating } from '@plugfest/quality';
import { prepareParticipants } from '../../packages/quality/src/synthetic-participants.ts';
import { type Damage, monotonyOf } from './monotony.ts';

const SECONDS = 8;
const SAMPLE_RATE_HZ = 48_000;
const PACKET = 960;

let spoken: Promise<Int16Array> | undefined;
function speech(): Promise<Int16Array> {
  spoken ??= prepareParticipants(1).then(
    ([source]) => source?.speechAt(2_000_000, SECONDS * SAMPLE_RATE_HZ) ?? new Int16Array(0),
  );
  return spoken;
}

type Values = Readonly<Record<string, Measured>>;

/** Speech against itself with each sample changed. */
async function changed(change: (sample: number, at: number) => number): Promise<Values> {
  const sent = soundOf(await speech(), SAMPLE_RATE_HZ);
  const got: Sound = { ...sent, samples: sent.samples.map(change) };
  return { ...compareSound(sent, got) };
}

const QUALITY = { visqolMosLqo: -1, stoi: -1, estoi: -1, siSdrDb: -1 } as const;

const noise: Damage = {
  name: 'monotony-noise',
  title: 'Monotony of sound: noise',
  unit: 'dBFS',
  about: 'White noise grows under speech from −70 to −20 dBFS.',
  amounts: [-70, -65, -60, -55, -50, -45, -40, -35, -30, -25, -20],
  directions: { ...QUALITY, noiseFloorDbfs: 1 },
  measure: (levelDbfs) => {
    const random = seededRandom(5).fork('noise');
    const deviation = 10 ** (levelDbfs / 20);
    // Twelve uniform numbers make a Gaussian one.
    const gaussian = (): number => Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b) - 6;
    return changed((sample) => sample + deviation * gaussian());
  },
};

const loss: Damage = {
  name: 'monotony-loss',
  title: 'Monotony of sound: lost packets',
  unit: '%',
  about: 'Packets of 20 ms are lost, nothing is concealed, and what is lost at one step is lost at the next too.',
  amounts: [0, 1, 2, 4, 7, 10, 15, 20, 30],
  directions: { ...QUALITY, dropoutMs: 1 },
  measure: (percent) => {
    const random = seededRandom(6).fork('loss');
    const dice = Float64Array.from({ length: (SECONDS * SAMPLE_RATE_HZ) / PACKET }, () => random.next());
    return changed((sample, at) => ((dice[Math.floor(at / PACKET)] as number) * 100 < percent ? 0 : sample));
  },
};

const clipping: Damage = {
  name: 'monotony-clipping',
  title: 'Monotony of sound: clipping',
  unit: 'dB',
  about: 'Speech is amplified by 12-42 dB and cut off at full scale.',
  amounts: [12, 15, 18, 21, 24, 27, 30, 33, 36, 39, 42],
  directions: { ...QUALITY, clippedRatio: 1, levelDbfs: 1, loudnessLufs: 1 },
  measure: (gainDb) => {
    const gain = 10 ** (gainDb / 20);
    return changed((sample) => Math.max(-1, Math.min(1, gain * sample)));
  },
};

const bitrate: Damage = {
  name: 'monotony-opus',
  title: 'Monotony of sound: bit rate',
  unit: 'kbit/s, negative',
  about: 'Speech goes through Opus at 64 down to 8 kbit/s.',
  amounts: [-64, -48, -32, -24, -16, -12, -8],
  directions: { ...QUALITY },
  measure: async (amount) => {
    const samples = await speech();
    const got = new Int16Array(samples.length);
    using encoder = AudioEncoder.open({ codec: 'opus', bitrateBps: -1000 * amount });
    using decoder = AudioDecoder.open({ codec: 'opus' });
    let at = 0;
    for (let i = 0; i < samples.length; i += PACKET) {
      const chunk = { samples: samples.slice(i, i + PACKET), sampleRateHz: SAMPLE_RATE_HZ, channels: 1, ptsUs: 0 };
      for (const payload of encoder.encode(chunk)) {
        const decoded = decoder.decode(payload, 0).samples;
        got.set(decoded.subarray(0, got.length - at), at);
        at += decoded.length;
      }
    }
    return { ...compareSound(soundOf(samples, SAMPLE_RATE_HZ), soundOf(got, SAMPLE_RATE_HZ)) };
  },
};

const rated = (value: number): Measured => ({ value, unit: '1', n: 1, low: value, high: value, method: 'G.107' });

const delay: Damage = {
  name: 'monotony-delay',
  title: 'Monotony of the E-model: delay',
  unit: 'ms',
  about: 'The one-way delay of G.711 with concealment grows from 100 to 800 ms, at 1 % loss.',
  amounts: [100, 150, 200, 250, 300, 400, 500, 600, 800],
  directions: { rating: -1, ratingWithEcho: -1 },
  measure: async (delayMs) => {
    const line = { absoluteDelayMs: delayMs, lossPercent: 1, robustness: 25.1 };
    const echo = { meanDelayMs: delayMs, roundTripMs: 2 * delayMs, talkerEchoDb: 50 };
    return {
      rating: rated(transmissionRating(line).rating),
      ratingWithEcho: rated(transmissionRating({ ...line, ...echo }).rating),
    };
  },
};

export const SOUND_MONOTONY = [noise, loss, clipping, bitrate, delay].map(monotonyOf);
