import { relative, resolve } from 'node:path';
import { EXIT } from '@plugfest/model';
import { writeReport, writeRunList } from '@plugfest/report';
import { judge, RunDirectory } from '@plugfest/scenario';
import { measureEvidence } from '../pipeline.ts';
import { styleVerdict } from '../terminal.ts';
import { exitCodeOf } from './run.ts';

/** Measures a run's captures again. */
export async function measureAgain(path: string): Promise<number> {
  const directory = new RunDirectory(resolve(path));
  const measurements = await measureEvidence(directory, directory.readPlan(), directory.readEvents());
  directory.writeMeasurements(measurements);
  process.stdout.write(`${relative(process.cwd(), directory.file('measurements.json'))}\n`);
  return EXIT.pass;
}

/** Gives the verdict again, from the measurements on disk. */
export async function judgeAgain(path: string): Promise<number> {
  const directory = new RunDirectory(resolve(path));
  const outcome = judge({
    plan: directory.readPlan(),
    events: directory.readEvents(),
    measurements: directory.readMeasurements(),
  });
  directory.writeVerdict({ ...directory.readVerdict(), ...outcome, reason: undefined });
  process.stdout.write(
    `${styleVerdict(outcome.verdict, process.stdout)} ${relative(process.cwd(), directory.file('verdict.json'))}\n`,
  );
  return exitCodeOf([outcome.verdict]);
}

/** Writes the report again, from the artefacts on disk. */
export async function reportAgain(path: string): Promise<number> {
  const directory = new RunDirectory(resolve(path));
  await writeReport(directory);
  await writeRunList(resolve(directory.path, '..'));
  process.stdout.write(`${relative(process.cwd(), directory.file('index.html'))}\n`);
  return EXIT.pass;
}
