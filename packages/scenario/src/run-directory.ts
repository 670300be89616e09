import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Measurements,
  measurementsSchema,
  type Plan,
  planSchema,
  type RunEvent,
  type VerdictFile,
  verdictFileSchema,
} from '@plugfest/model';
import type { z } from 'zod';
import { readEvents } from './event-log.ts';

/** Thrown where an artefact is missing or is not what its schema says. */
export class ArtefactError extends Error {
  readonly code = 'artefact';
}

/** One run on disk: `plan.json`, `events.jsonl`, `captures/`, `measurements.json`, `verdict.json`, `index.html`. */
export class RunDirectory {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes the directory of a new run and points `latest` at it. */
  static create(reportsDir: string, runId: string): RunDirectory {
    const directory = new RunDirectory(join(reportsDir, runId));
    directory.make();
    pointLatest(reportsDir, runId);
    return directory;
  }

  make(): void {
    mkdirSync(join(this.path, 'captures'), { recursive: true });
  }

  file(name: string): string {
    return join(this.path, name);
  }

  writePlan(plan: Plan): void {
    this.#write('plan.json', plan);
  }

  writeMeasurements(measurements: Measurements): void {
    this.#write('measurements.json', measurements);
  }

  writeVerdict(verdict: VerdictFile): void {
    this.#write('verdict.json', verdict);
  }

  readPlan(): Plan {
    return this.#read('plan.json', planSchema);
  }

  readMeasurements(): Measurements {
    return this.#read('measurements.json', measurementsSchema);
  }

  readVerdict(): VerdictFile {
    return this.#read('verdict.json', verdictFileSchema);
  }

  readEvents(): RunEvent[] {
    return readEvents(this.file('events.jsonl'));
  }

  #write(name: string, value: unknown): void {
    const temporary = this.file(`.${name}.${process.pid}`);
    writeFileSync(temporary, `${JSON.stringify(value, null, 1)}\n`);
    renameSync(temporary, this.file(name));
  }

  #read<S extends z.ZodType>(name: string, schema: S): z.output<S> {
    const path = this.file(name);
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(path, 'utf8'));
    } catch (cause) {
      throw new ArtefactError(`cannot read ${path}: is this a run's directory?`, { cause });
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new ArtefactError(`${path} is not a ${name}: ${parsed.error.message}`);
    return parsed.data;
  }
}

/** `latest` is replaced in one step, so that two runs at once never leave it missing. */
function pointLatest(reportsDir: string, runId: string): void {
  const temporary = join(reportsDir, `.latest.${process.pid}`);
  rmSync(temporary, { force: true });
  symlinkSync(runId, temporary);
  renameSync(temporary, join(reportsDir, 'latest'));
}
