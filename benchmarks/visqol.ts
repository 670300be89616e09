/** CPU-seconds that ViSQOL's speech mode takes for a second of sound: `npm run bench:visqol [-- reference.wav degraded.wav]`. */
import { speechQuality } from '../packages/quality/src/audio/speech-quality.ts';
import { readWave } from '../packages/quality/src/audio/wave-fixture.ts';

const FOLDER = new URL('../../shared/data/visqol/', import.meta.url);
const [first, second] = process.argv.slice(2);
const reference = readWave(first ?? new URL('CA01_01.wav', FOLDER));
const degraded = readWave(second ?? new URL('transcoded_CA01_01.wav', FOLDER));
if (!reference || !degraded) {
  console.log('skipped: no pair of wav files (../shared/data/visqol is not here)');
} else {
  const seconds = degraded.samples.length / degraded.sampleRateHz;
  const score = speechQuality(reference, degraded);
  console.log('value' in score ? `MOS-LQO ${score.value.toFixed(6)}` : score.notMeasured);
  // The first run compiles; what follows is the rate of a long file or of many.
  const ratios = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    speechQuality(reference, degraded);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6 / seconds;
  });
  const least = Math.min(...ratios);
  console.log(
    `${least.toFixed(4)} CPU-seconds a second of sound (least of 5; limit 0.1; ${seconds.toFixed(2)} s at ${degraded.sampleRateHz} Hz)`,
  );
}
