import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { type Measurements, type Plan, type RunEvent, sipMessageSchema } from '@plugfest/model';
import type { RunDirectory } from '@plugfest/scenario';
import type { ReportData } from './report-data.ts';

/** Shown elsewhere, or too large for a page. */
const LEFT_TO_THE_FILE: ReadonlySet<string> = new Set(['sip.message', 'exchange.sip', 'exchange.media']);

/** Artefacts that a run of any end may lack; the verdict is always there. */
export function readRun(directory: RunDirectory): ReportData {
  const events = orNull(() => directory.readEvents()) ?? [];
  const measurements = orNull((): Measurements => directory.readMeasurements());
  return {
    verdict: directory.readVerdict(),
    plan: orNull((): Plan => directory.readPlan()),
    measurements,
    events: events.filter(({ type }) => !LEFT_TO_THE_FILE.has(type)),
    sip: sipMessages(events),
    pictures: pictures(directory, measurements),
    files: files(directory.path),
  };
}

/** A run that was cut off lacks what comes after the cut: that is shown as missing, not thrown. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function sipMessages(events: readonly RunEvent[]): ReportData['sip'] {
  return events
    .flatMap(({ type, atUs, data }) => {
      const message = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
      return message?.success ? [{ atUs, ...message.data }] : [];
    })
    .sort((a, b) => a.atUs - b.atUs);
}

const IMAGE_TYPES: Record<string, string> = { '.png': 'image/png', '.jpg': 'image/jpeg', '.webp': 'image/webp' };

function pictures(directory: RunDirectory, measurements: Measurements | null): Record<string, string> {
  const rows = (measurements?.viewers ?? []).flatMap(({ viewer, picture }) => {
    const type = picture && IMAGE_TYPES[extname(picture)];
    const path = picture && directory.file(picture);
    if (!type || !path || !existsSync(path)) return [];
    return [[viewer, `data:${type};base64,${readFileSync(path).toString('base64')}`] as const];
  });
  return Object.fromEntries(rows);
}

/** What is hidden (half-written files, the mark of a run that goes on) is no evidence. */
function files(path: string): ReportData['files'] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => !basename(name).startsWith('.'))
    .map((name) => ({ name, status: statSync(join(path, name)) }))
    .filter(({ status }) => status.isFile())
    .map(({ name, status }) => ({ name, bytes: status.size }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
