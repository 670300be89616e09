/**
 * Injects known truth into conferences, sends it through real codecs into real capture files, and reads it back with the code that measures runs.
 * Prints a table, writes it with plots into docs/measurement.md, and exits 1 where a limit is missed.
 *
 *     npm run calibrate [-- --only <name>] [--no-write]
 */
import { parseArgs } from 'node:util';
import { calibrate } from './calibration/calibration.ts';
import { writeResult } from './calibration/calibration-document.ts';
import { IDENTITY_CALIBRATIONS } from './calibration/identity-calibrations.ts';
import { LOSS_CALIBRATION } from './calibration/loss-calibration.ts';
import { PICTURE_CALIBRATIONS } from './calibration/picture-calibrations.ts';
import { PICTURE_MONOTONY } from './calibration/picture-monotony.ts';
import { SOUND_CALIBRATIONS } from './calibration/sound-calibrations.ts';
import { SOUND_MONOTONY } from './calibration/sound-monotony.ts';

const CALIBRATIONS = [
  ...PICTURE_CALIBRATIONS,
  ...SOUND_CALIBRATIONS,
  LOSS_CALIBRATION,
  ...IDENTITY_CALIBRATIONS,
  ...SOUND_MONOTONY,
  ...PICTURE_MONOTONY,
];
const { values: args } = parseArgs({ options: { only: { type: 'string' }, 'no-write': { type: 'boolean' } } });
const chosen = CALIBRATIONS.filter(
  ({ name }) => args.only === undefined || name === args.only || name.startsWith(`${args.only}-`),
);
if (chosen.length === 0) {
  console.error(`no calibration “${args.only}”; there are: ${CALIBRATIONS.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
let missed = 0;
for (const calibration of chosen) {
  const { cpu, result } = await timed(() => calibrate(calibration));
  if (!result.holds) missed++;
  if (!args['no-write']) writeResult(result);
  const { limit, errorUnit, name } = calibration;
  console.log(
    `${result.holds ? 'holds ' : 'MISSED'} ${name}: worst ${result.worst.toFixed(3)} of ${limit.toFixed(3)} ${errorUnit} (${cpu.toFixed(0)} CPU-s)`,
  );
  for (const { series, truth, measured, error, n, note = '' } of result.points) {
    const [t, m, e] = [truth, measured ?? Number.NaN, error].map((value) => value.toFixed(3).padStart(10));
    console.log(`    ${series.padEnd(8)}${t}${m}${e}   n ${n} ${note}`);
  }
}
process.exitCode = missed > 0 ? 1 : 0;

async function timed<T>(work: () => Promise<T>): Promise<{ cpu: number; result: T }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, result };
}
