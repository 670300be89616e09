import type { Distribution, Measured, Measurements } from '@plugfest/model';
import type { Difference } from './difference.ts';

/** A measured value in words, and its interval where it has one. */
interface Reading {
  readonly text: string;
  readonly low?: number;
  readonly high?: number;
}

/** Value by value of all that both runs measured. What lies in the other's interval is said not to matter. */
export function measurementDifferences(a: Measurements, b: Measurements): Difference[] {
  const [mine, theirs] = [readingsOf(a), readingsOf(b)];
  const names = [...new Set([...mine.keys(), ...theirs.keys()])];
  return names.flatMap((where): Difference[] => {
    const [x, y] = [mine.get(where), theirs.get(where)];
    if (x?.text === y?.text) return [];
    return [{ kind: 'measurement', where, a: x?.text, b: y?.text, matters: !overlap(x, y) }];
  });
}

function overlap(x: Reading | undefined, y: Reading | undefined): boolean {
  if (x?.low === undefined || x.high === undefined || y?.low === undefined || y.high === undefined) return false;
  return x.low <= y.high && y.low <= x.high;
}

function readingsOf({ viewers }: Measurements): Map<string, Reading> {
  const found = new Map<string, Reading>();
  for (const { viewer, tiles, voices, ownVoice, packets, frameRate, interaction } of viewers) {
    const put = (name: string, value: Measured | Distribution | undefined): void => {
      if (value) found.set(name, readingOf(value));
    };
    put(`new pictures a second that ${viewer} saw`, frameRate);
    put(`packets lost on the way to ${viewer}`, packets.lossRatio);
    put(`jitter on the way to ${viewer}`, packets.jitterMs);
    put(`first picture of ${viewer}`, interaction?.firstPictureMs);
    put(`first sound of ${viewer}`, interaction?.firstSoundMs);
    found.set(`own voice in what ${viewer} heard`, { text: ownVoice.heard ? 'heard' : 'not heard' });
    for (const tile of tiles) {
      const of = `${tile.participant} as ${viewer} saw it`;
      put(`frame rate of ${of}`, tile.frameRate);
      put(`video delay of ${of}`, tile.videoDelayMs);
      put(`PSNR of ${of}`, tile.psnrY);
      put(`SSIM of ${of}`, tile.ssimY);
      put(`lip sync of ${of}`, tile.lipSyncMs);
      found.set(`freezes of ${of}`, { text: `${tile.freezes.length}, ${Math.round(tile.frozenMs)} ms` });
    }
    for (const voice of voices) {
      const of = `${voice.participant} as ${viewer} heard it`;
      found.set(`voice of ${of}`, { text: voice.heard ? 'heard' : 'not heard' });
      put(`audio delay of ${of}`, voice.audioDelayMs);
      put(`level of ${of}`, voice.levelDb);
    }
  }
  return found;
}

function readingOf(value: Measured | Distribution): Reading {
  if ('notMeasured' in value) return { text: `not measured: ${value.notMeasured}` };
  const { low, high, unit } = value;
  const [middle, spread] =
    'p50' in value ? [value.p50, { low: value.p5, high: value.p95 }] : [value.value, { low, high }];
  const number = (x: number): string => (Math.abs(x) >= 100 ? x.toFixed(0) : x.toPrecision(3));
  return { text: `${number(middle)} ${unit} (${number(spread.low)} to ${number(spread.high)})`, ...spread };
}
