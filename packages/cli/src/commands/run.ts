import { mkdirSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { interruption } from '@plugfest/host';
import { EXIT, type Network, type Sabotage, type Verdict, type VerdictFile } from '@plugfest/model';
import { writeRunList } from '@plugfest/report';
import {
  findScenarios,
  HEADED_VARIABLE,
  JANUS,
  parseConferenceAddress,
  parseSabotage,
  type ScenarioFile,
} from '@plugfest/scenario';
import { NETWORK_PROFILES, networkProfile } from '@plugfest/wire';
import { enterOrInterrupt, liveWatch } from '../live.ts';
import { FLAGSHIP, SCENARIOS_ROOT } from '../paths.ts';
import { BadUse, runScenario } from '../pipeline.ts';
import { Progress } from '../progress.ts';
import { reportKilledRuns } from '../running-mark.ts';
import { duration, printable, style, styleVerdict, table } from '../terminal.ts';
import { watchRuns } from './watch.ts';

export interface RunCommandOptions {
  readonly json: boolean;
  readonly reports: string;
  readonly seed?: string;
  readonly sabotage: readonly string[];
  readonly network: readonly string[];
  readonly bridge?: string;
  readonly satisfied: boolean;
  readonly watch: boolean;
  readonly step: boolean;
  readonly pauseOnFail: boolean;
  readonly headed: boolean;
}

/** Runs scenarios one after another, and ends with a table of verdicts, or with one JSON document. Returns the exit code. */
export async function run(paths: readonly string[], options: RunCommandOptions): Promise<number> {
  if (options.watch)
    return watchRuns(
      paths,
      process.argv.slice(3).filter((argument) => argument !== '--watch'),
    );
  if (options.headed) showBrowsers();
  using interrupted = interruption();
  const files = (paths.length > 0 ? paths : [FLAGSHIP]).flatMap((path) => findScenarios(path, SCENARIOS_ROOT));
  const sabotage = options.sabotage.map(sabotageOf);
  const networks = Object.fromEntries(options.network.map(networkOf));
  const bridge = bridgeOf(options.bridge);
  const seed = seedOf(options.seed);
  const reportsDir = resolve(options.reports);
  mkdirSync(reportsDir, { recursive: true });
  await reportKilledRuns(reportsDir);
  const progress = new Progress();
  const verdicts: VerdictFile[] = [];
  for (const file of unique(files)) {
    if (interrupted.signal.aborted) break;
    progress.begin(file.id);
    const verdict = await runScenario(file, {
      reportsDir,
      seed,
      sabotage,
      networks,
      ...(bridge === undefined ? {} : { bridge }),
      satisfied: options.satisfied,
      signal: interrupted.signal,
      onStep: (text) => progress.step(text),
      watch: (directory) =>
        liveWatch(
          {
            step: options.step,
            pauseOnFail: options.pauseOnFail,
            say: (text) => progress.say(text),
            goOn: enterOrInterrupt,
          },
          directory,
        ),
    });
    verdicts.push(verdict);
    progress.stop();
    if (!options.json) process.stderr.write(summaryOf(verdict));
  }
  await writeRunList(reportsDir);
  process.stdout.write(
    options.json ? `${JSON.stringify({ runs: verdicts.map(documentOf) }, null, 2)}\n` : tableOf(verdicts, reportsDir),
  );
  return interrupted.signal.aborted ? EXIT.interrupted : exitCodeOf(verdicts.map(({ verdict }) => verdict));
}

/** Browsers read it where they are started. @throws BadUse where there is nothing to show them on */
function showBrowsers(): void {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    throw new BadUse('--headed: there is no display (DISPLAY, WAYLAND_DISPLAY): xvfb-run gives one that nobody sees');
  process.env[HEADED_VARIABLE] = '1';
}

/** 3 where the harness failed, 1 where anything was not proved, 4 where nothing ran, 0 where all passed. */
export function exitCodeOf(verdicts: readonly Verdict[]): number {
  if (verdicts.includes('error')) return EXIT.harnessError;
  if (verdicts.some((verdict) => verdict === 'fail' || verdict === 'inconclusive')) return EXIT.failed;
  if (verdicts.every((verdict) => verdict === 'not-run' || verdict === 'unsupported')) return EXIT.nothingRan;
  return verdicts.includes('not-run') || verdicts.includes('unsupported') ? EXIT.failed : EXIT.pass;
}

function unique(files: readonly ScenarioFile[]): ScenarioFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}

function bridgeOf(text: string | undefined): string | undefined {
  const parsed = text === undefined || text === JANUS ? undefined : parseConferenceAddress(text);
  if (parsed?.ok === false) throw new BadUse(`--bridge: ${parsed.error}`);
  return text;
}

function sabotageOf(text: string): Sabotage {
  const parsed = parseSabotage(text);
  if (!parsed.ok) throw new BadUse(`--sabotage: ${parsed.error}`);
  return parsed.value;
}

/** `room:satellite`: a participant behind a named network. */
function networkOf(text: string): [participant: string, network: Network] {
  const [, participant, name] = /^([a-z0-9-]+):([a-z0-9-]+)$/.exec(text) ?? [];
  const network = name === undefined ? undefined : networkProfile(name);
  if (participant !== undefined && network) return [participant, network];
  const names = NETWORK_PROFILES.map((profile) => profile.name).join(', ');
  throw new BadUse(`--network: “${text}” is not <participant>:<network>; networks: ${names}; e.g. room:satellite`);
}

function seedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new BadUse(`--seed: “${text}” is not a whole number from 0 to 4294967295`);
  return seed;
}

function documentOf({ id, scenario, verdict, reason, seed, durationMs, reportDir, checks, stagesMs }: VerdictFile) {
  return {
    id,
    scenario,
    verdict,
    ...(reason ? { reason } : {}),
    seed,
    durationMs,
    reportDir,
    stagesMs,
    checks: checks.map((check) => ({
      id: check.id,
      title: check.title,
      level: check.level,
      verdict: check.verdict,
      cites: check.cites,
      measured: check.measured,
      limit: check.limit,
      evidence: check.evidence,
    })),
  };
}

/** What did not pass, and why. */
function summaryOf({ scenario, verdict, reason, checks }: VerdictFile): string {
  const bad = checks.filter((check) => check.verdict !== 'pass');
  const lines = bad.slice(0, 12).map((check) => {
    const word = check.level === 'must' ? check.verdict : 'warning';
    return `  ${styleVerdict(word)} ${printable(check.title)}: ${printable(check.measured)} (limit: ${printable(check.limit)}) ${style('dim', printable(check.id))}`;
  });
  const more = bad.length > 12 ? [`  … and ${bad.length - 12} more in the report`] : [];
  const why = reason ? reason.split('\n').map((line) => `  ${printable(line)}`) : [];
  return `${[`${styleVerdict(verdict)} ${style('bold', scenario)}`, ...why, ...lines, ...more].join('\n')}\n`;
}

function tableOf(verdicts: readonly VerdictFile[], reportsDir: string): string {
  const rows = verdicts.map(({ scenario, verdict, durationMs, checks, stagesMs, reportDir }) => [
    styleVerdict(verdict, process.stdout),
    scenario,
    `${checks.filter((check) => check.verdict === 'pass').length}/${checks.length} checks`,
    duration(durationMs),
    style(
      'dim',
      Object.entries(stagesMs)
        .map(([stage, ms]) => `${stage} ${duration(ms)}`)
        .join(', '),
      process.stdout,
    ),
    relative(process.cwd(), `${reportDir}/index.html`),
  ]);
  const heads = ['verdict', 'scenario', 'passed', 'took', 'where the time went', 'report'].map((text) =>
    style('bold', text, process.stdout),
  );
  return `\n${table([heads, ...rows])}\n\nAll runs: ${relative(process.cwd(), `${reportsDir}/index.html`)}\n`;
}
