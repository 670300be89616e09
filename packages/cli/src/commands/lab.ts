import { existsSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { findTool, interruption, type ToolName } from '@plugfest/host';
import { openLab, processRunner, type RunStatus, servePage, type WorkerStatus, work } from '@plugfest/lab';
import { EXIT } from '@plugfest/model';
import { BadUse } from '../bad-use.ts';
import { labDirectoryOf } from '../paths.ts';
import { style, table } from '../terminal.ts';

export interface LabCommandOptions {
  readonly reports: string;
}

const databaseUrl = (): string | undefined => process.env.PLUGFEST_DATABASE_URL || undefined;

/** Tools that a cell may ask for; every one, or its cells would find no worker. */
const TOOLS: Readonly<Record<ToolName, true>> = {
  ffmpeg: true,
  ffprobe: true,
  sipp: true,
  chromium: true,
  firefox: true,
  'espeak-ng': true,
  tshark: true,
  baresip: true,
  sipsak: true,
  kamailio: true,
  janus: true,
  finch: true,
  gstreamer: true,
  xvfb: true,
  pulseaudio: true,
  pacat: true,
  container: true,
};

/** Works on the store until it is told to stop. */
export async function labWork(
  options: LabCommandOptions & { readonly name?: string; readonly tags: readonly string[] },
): Promise<number> {
  using interrupted = interruption();
  const reportsDir = resolve(options.reports);
  const tools = Object.keys(TOOLS) as ToolName[];
  const found = await Promise.all(tools.map(async (tool) => ((await findTool(tool)).found ? [tool] : [])));
  const offer = {
    name: options.name ?? `${hostname()}-${process.pid}`,
    has: [...found.flat(), ...options.tags.map((tag) => `tag:${tag}`)],
    cores: availableParallelism(),
  };
  await using lab = await openLab({
    directory: labDirectoryOf(reportsDir),
    databaseUrl: databaseUrl(),
    mayOwn: false,
    waitUntil: interrupted.signal,
  });
  const runner = processRunner(process.execPath, [
    ...process.execArgv,
    join(import.meta.dirname, '../main.ts'),
    ...['lab', 'cell', '--reports', reportsDir],
  ]);
  say(`${offer.name} has ${offer.has.join(', ') || 'nothing'}, ${offer.cores} cores; it works on ${lab.where}`);
  await work({ lab: lab.service, offer, runner, signal: interrupted.signal, onNote: say });
  return EXIT.pass;
}

/** Says what runs there are, and who works. */
export async function labStatus({ reports, json }: LabCommandOptions & { readonly json: boolean }): Promise<number> {
  const { runs, workers } = await readStatus(labDirectoryOf(resolve(reports)));
  if (json) {
    process.stdout.write(`${JSON.stringify({ runs, workers }, null, 2)}\n`);
    return EXIT.pass;
  }
  const bold = (texts: readonly string[]): string[] => texts.map((text) => style('bold', text, process.stdout));
  const lines = runs.map((run) => [
    run.id,
    `${run.waiting}`,
    `${run.leased}`,
    Object.entries(run.verdicts)
      .map(([verdict, count]) => `${count} ${verdict}`)
      .join(', '),
    `${run.losses}`,
    `${run.lateResults}`,
  ]);
  const people = workers.map(({ name, cell, seenAtMs, cores, has, ailments }) => [
    name,
    cell ?? '–',
    new Date(seenAtMs).toISOString().slice(0, 19),
    `${cores}`,
    has.join(', '),
    ailments.join('; '),
  ]);
  process.stdout.write(
    `${table([bold(['run', 'waiting', 'running', 'verdicts', 'lost leases', 'late results']), ...lines])}\n\n` +
      `${table([bold(['worker', 'last cell', 'seen (UTC)', 'cores', 'has', 'ailments']), ...people])}\n`,
  );
  return EXIT.pass;
}

/** Looking makes no store where there is none. */
async function readStatus(
  directory: string,
): Promise<{ readonly runs: RunStatus[]; readonly workers: WorkerStatus[] }> {
  const url = databaseUrl();
  if (url === undefined && !existsSync(directory)) return { runs: [], workers: [] };
  await using lab = await openLab({ directory, databaseUrl: url, mayOwn: true });
  return { runs: await lab.service.runs(), workers: await lab.service.workers() };
}

/** Keeps the store open for others, and shows it live. */
export async function labServe(
  options: LabCommandOptions & { readonly port: string; readonly host: string },
): Promise<number> {
  const port = Number(options.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new BadUse(`--port: “${options.port}” is not a port`);
  using interrupted = interruption();
  const directory = labDirectoryOf(resolve(options.reports));
  await using lab = await openLab({ directory, databaseUrl: databaseUrl(), mayOwn: true });
  await using page = await servePage(lab.service, { host: options.host, port });
  say(`the lab on ${lab.where} is shown at ${page.url}`);
  await new Promise<void>((resolve) => {
    const { signal } = interrupted;
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return EXIT.pass;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
