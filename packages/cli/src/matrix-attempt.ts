import { globSync, lstatSync, readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join, relative } from 'node:path';
import type { Attempt, Quality } from '@plugfest/history';
import type { Plan, RunEvent, VerdictFile } from '@plugfest/model';
import { CAPABILITIES, type Capabilities, RunDirectory, undeclaredButWorking } from '@plugfest/scenario';
import { qualityOf } from './cell-quality.ts';

/** What a row's run does not know of itself. */
export interface AttemptContext {
  readonly values: Readonly<Record<string, string>>;
  readonly attempt: number;
  readonly digests: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly cpuMs?: number;
  /** Of the matrix run. */
  readonly directory: string;
}

/** A row's run as an attempt at its cell: the verdict, what took part, how, and how well it went. */
export function attemptOf(verdict: VerdictFile, context: AttemptContext): Attempt {
  const run = new RunDirectory(verdict.reportDir);
  const plan = readOr(() => run.readPlan());
  const measurements = readOr(() => run.readMeasurements());
  const bad = verdict.checks.filter((check) => check.level === 'must' && check.verdict !== 'pass');
  return {
    type: 'attempt',
    values: { ...context.values },
    attempt: context.attempt,
    verdict: verdict.verdict,
    ...(verdict.reason ? { reason: verdict.reason } : {}),
    failed: bad.map((check) => `${check.title}: ${check.measured} (limit: ${check.limit})`),
    startedAt: verdict.startedAt,
    durationMs: verdict.durationMs,
    ...(context.cpuMs === undefined ? {} : { cpuMs: context.cpuMs }),
    evidenceBytes: bytesIn(verdict.reportDir),
    seed: verdict.seed,
    report: relative(context.directory, join(verdict.reportDir, 'index.html')),
    versions: { ...(plan ? versionsOf(plan) : {}), plugfest: context.commit },
    digests: { ...context.digests },
    params: { ...(plan ? paramsOf(plan) : {}), seed: String(verdict.seed) },
    quality: { ...(measurements ? qualityOf(measurements) : {}), machineLoad: machineLoad() },
    // A call that did not work is no finding: what was declared is judged.
    findings: plan && verdict.verdict === 'pass' ? findingsOf(plan, readOr(() => run.readEvents()) ?? []) : [],
  };
}

/** Tasks that want a processor, a processor, over the last minute: where it is far above one, what was measured is the machine too. */
function machineLoad(): Quality {
  return { value: (loadavg()[0] ?? 0) / availableParallelism(), unit: '1' };
}

/** A run that never came so far has no such artefact. */
function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function versionsOf({ environment, participants }: Plan): Record<string, string> {
  const clients = participants.flatMap(({ profile, clientVersion }) =>
    clientVersion ? [[profile, clientVersion]] : [],
  );
  return { ...environment, ...Object.fromEntries(clients) };
}

function paramsOf({ participants, sabotage, conference, mediaMs, variant }: Plan): Record<string, string> {
  const networks = participants.map(({ id, network }) => [`network of ${id}`, network?.profile ?? 'perfect']);
  return {
    ...Object.fromEntries(networks),
    layout: conference.layout,
    mediaMs: String(mediaMs),
    variant,
    ...(sabotage.length > 0
      ? {
          sabotage: sabotage
            .map(({ participant, kind, amount }) =>
              [participant, kind, amount].filter((part) => part !== undefined).join(':'),
            )
            .join(' '),
        }
      : {}),
  };
}

/** What participants did beyond their manifests. */
function findingsOf({ participants }: Plan, events: readonly RunEvent[]): string[] {
  const manifests: Readonly<Record<string, Capabilities | undefined>> = CAPABILITIES;
  return participants.flatMap(({ id, profile }) => {
    const manifest = manifests[profile];
    const own = events.filter(({ participant }) => participant === id);
    const did = (type: string): boolean => own.some((event) => event.type === type);
    const { audioCodec, videoCodec } = own.find(({ type }) => type === 'participant.joined')?.data ?? {};
    if (!manifest || typeof audioCodec !== 'string' || typeof videoCodec !== 'string') return [];
    return undeclaredButWorking(profile, manifest, {
      audioCodec,
      videoCodec,
      renewed: did('participant.renegotiated'),
      held: did('participant.resumed'),
      pressedKeys: did('participant.pressed-keys'),
    });
  });
}

function bytesIn(directory: string): number {
  return globSync('**/*', { cwd: directory }).reduce((sum, file) => {
    const status = lstatSync(join(directory, file), { throwIfNoEntry: false });
    return sum + (status?.isFile() ? status.size : 0);
  }, 0);
}

/** Clock ticks of `/proc` a second; the same on all Linux systems that Node runs on. */
const TICKS_HZ = 100;

/** Processor time of this process and of its ended children so far; undefined where the system does not say. @see proc_pid_stat(5) */
export function cpuMsSoFar(): number | undefined {
  try {
    const fields = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    // utime, stime, cutime, cstime: fields 14 to 17, and the first here is the third.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return (ticks * 1000) / TICKS_HZ;
  } catch {
    return undefined;
  }
}
