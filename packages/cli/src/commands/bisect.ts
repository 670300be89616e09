import { readFileSync } from 'node:fs';
import { interruption, spawnOwned } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { type Bisected, bisect, type VersionVerdict, verdictOfTries } from '@plugfest/repro';
import { BadUse } from '../bad-use.ts';
import { commitsBetween, GitCheckout } from '../git-checkout.ts';
import { Progress } from '../progress.ts';
import { printable } from '../terminal.ts';

export interface BisectCommandOptions {
  readonly versions?: string;
  readonly git?: string;
  readonly repeat: string;
  readonly needed: string;
  readonly json: boolean;
}

/** Where a version's tries are made. */
type Place = (version: string) => Promise<AsyncDisposable & { readonly directory: string }>;

/** Finds the first bad version on an axis of versions. Exit code 0 where it is certain. @throws BadUse */
export async function bisectCommand(command: readonly string[], options: BisectCommandOptions): Promise<number> {
  using interrupted = interruption();
  const rule = { needed: wholeOf('--needed', options.needed), times: wholeOf('--repeat', options.repeat) };
  if (rule.needed > rule.times) throw new BadUse('--needed: no more than --repeat can be bad');
  const versions = await versionsOf(options);
  const place: Place = options.git === undefined ? here : (version) => GitCheckout.open(version);
  const progress = new Progress();
  const verdicts = new Map<string, VersionVerdict>();
  const dialogue = bisect(versions.length);
  let step = dialogue.next();
  while (!step.done && !interrupted.signal.aborted) {
    const version = versions[step.value] as string;
    progress.begin(`bisect, ${versions.length} versions`);
    const verdict = await verdictOf(version, command, { rule, place, progress, signal: interrupted.signal });
    verdicts.set(version, verdict);
    progress.say(`${verdict.padEnd(7)} ${printable(version)}`);
    step = dialogue.next(verdict);
  }
  progress.stop();
  if (!step.done) return EXIT.interrupted;
  process.stdout.write(options.json ? jsonOf(step.value, versions, verdicts) : textOf(step.value, versions));
  return step.value.firstBad !== undefined && step.value.reason === undefined ? EXIT.pass : EXIT.failed;
}

interface Trying {
  readonly rule: { readonly needed: number; readonly times: number };
  readonly place: Place;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

async function verdictOf(version: string, command: readonly string[], trying: Trying): Promise<VersionVerdict> {
  const { rule, place, progress, signal } = trying;
  await using at = await place(version);
  const tries: VersionVerdict[] = [];
  for (let verdict = verdictOfTries(tries, rule); ; verdict = verdictOfTries(tries, rule)) {
    if (verdict !== undefined || signal.aborted) return verdict ?? 'unknown';
    progress.step(`${version}, try ${tries.length + 1}`);
    tries.push(await tryOnce(version, command, at.directory, signal));
  }
}

async function tryOnce(
  version: string,
  command: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<VersionVerdict> {
  const [program = '', ...args] = command.map((word) => word.replaceAll('{version}', version));
  await using child = spawnOwned(program, args, { name: `try of ${version}`, cwd, env: { PLUGFEST_VERSION: version } });
  child.stdout.resume();
  const onAbort = (): void => void child.stop();
  signal.addEventListener('abort', onAbort, { once: true });
  const { code } = await child.exited;
  signal.removeEventListener('abort', onAbort);
  if (code === EXIT.pass) return 'good';
  return code === EXIT.failed ? 'bad' : 'unknown';
}

async function here(): Promise<AsyncDisposable & { readonly directory: string }> {
  return { directory: process.cwd(), [Symbol.asyncDispose]: async () => {} };
}

async function versionsOf({ versions, git }: BisectCommandOptions): Promise<string[]> {
  if ((versions === undefined) === (git === undefined))
    throw new BadUse('bisect needs --versions or --git, one of them');
  const list = git === undefined ? listed(versions ?? '') : await commitsBetween(git);
  if (list.length < 2) throw new BadUse('bisect needs two versions at least');
  return list;
}

function listed(text: string): string[] {
  const words = text.startsWith('@') ? readFileSync(text.slice(1), 'utf8').split('\n') : text.split(',');
  return words.map((word) => word.trim()).filter((word) => word !== '' && !word.startsWith('#'));
}

function wholeOf(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new BadUse(`${option}: “${text}” is not a whole number from 1`);
  return number;
}

const REASONS: Readonly<Record<NonNullable<Bisected['reason']>, string>> = {
  'all-good': 'no version is bad',
  'all-bad': 'no version is known to be good',
  'nothing-known': 'of no version it can be told',
};

function textOf({ firstBad, suspects, lastGood, reason }: Bisected, versions: readonly string[]): string {
  const name = (version: number): string => printable(versions[version] ?? '');
  if (reason) return `${REASONS[reason]}\n`;
  const good = lastGood === undefined ? '' : `, the last good one ${name(lastGood)}`;
  if (firstBad !== undefined) return `the first bad version is ${name(firstBad)}${good}\n`;
  return `the first bad version is one of ${suspects.map(name).join(', ')}${good}\n`;
}

function jsonOf(found: Bisected, versions: readonly string[], verdicts: ReadonlyMap<string, VersionVerdict>): string {
  const { firstBad, lastGood, suspects, reason } = found;
  const name = (version: number | undefined): string | null =>
    version === undefined ? null : (versions[version] ?? null);
  const document = {
    ...{ firstBad: name(firstBad), lastGood: name(lastGood), suspects: suspects.map(name) },
    ...(reason ? { reason } : {}),
    tried: Object.fromEntries(verdicts),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
