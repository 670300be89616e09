/**
 * How many calls (INVITE, 180, 200, ACK, BYE, 200) a second of CPU the SIP stack of bridge and endpoints answers, with whole transactions and
 * dialogs, called by SIPp over UDP; and what calls leave behind when their timers have run out. The reference is an answerer that keeps nothing.
 *
 * SIPp takes an INVITE's 200 that comes again for the 200 of its BYE and never sends that BYE: so what counts is the BYEs that we saw. Where the
 * reference loses calls too, the machine is too busy to measure anything: that is said, and tried again up to twice.
 *
 *     npm run bench:load [-- --rate 5000 --seconds 5 --leak --json]
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { parseArgs } from 'node:util';
import { findTool, openTemporaryDirectory, raisedPriority, spawnOwned } from '@plugfest/host';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '5000' },
    seconds: { type: 'string', default: '5' },
    leak: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const HOST = '127.0.0.1';
/** All timers of a call have run out: 64 × T1, and a little. @see RFC 3261 Timer J */
const SETTLE_MS = 34_000;

/** What a callee tells of itself. */
type Told = Readonly<Record<string, number>>;

interface Callee extends AsyncDisposable {
  readonly port: number;
  readonly tell: () => Promise<Told>;
}

async function openCallee(kind: 'user-agent' | 'bare'): Promise<Callee> {
  const script = join(import.meta.dirname, 'sip-load/callee.ts');
  const child = spawnOwned(process.execPath, ['--expose-gc', script, kind], { name: `callee: ${kind}`, stdin: 'pipe' });
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout });
  const { port } = await nextLine(lines);
  const tell = (): Promise<Told> => {
    child.stdin?.write('\n');
    return nextLine(lines);
  };
  return { port: port as number, tell, [Symbol.asyncDispose]: () => child.stop() };
}

function nextLine(lines: Interface): Promise<Told> {
  return new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))));
}

/** Resolves with the number of calls that failed, and the time that all took. */
async function call(sipp: string, directory: string, port: number, rate: number, calls: number) {
  const args = [
    '-sn',
    'uac',
    '-i',
    HOST,
    '-r',
    String(rate),
    '-m',
    String(calls),
    '-l',
    String(rate * 4),
    '-nostdin',
    '-d',
    '0',
  ];
  const statistics = ['-trace_stat', '-stf', join(directory, 'statistics.csv'), '-fd', '1'];
  const child = spawn(sipp, [...args, ...statistics, '-recv_timeout', '20000', `${HOST}:${port}`], {
    cwd: directory,
    stdio: 'ignore',
  });
  const sinceMs = performance.now();
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { failed: code !== 0, tookMs: performance.now() - sinceMs };
}

interface Load {
  readonly calls: number;
  readonly ended: number;
  readonly failed: boolean;
  readonly perSecond: number;
  readonly perCpuSecond: number;
}

async function load(callee: Callee, sipp: string, directory: string, rate: number, seconds: number): Promise<Load> {
  // What the compiler does at first is not what a call costs.
  await call(sipp, directory, callee.port, Math.min(rate, 2000), 4000);
  const before = await callee.tell();
  const calls = rate * seconds;
  const { failed, tookMs } = await call(sipp, directory, callee.port, rate, calls);
  const after = await callee.tell();
  const cpuS = ((after.cpuUs as number) - (before.cpuUs as number)) / 1e6;
  const ended = (after.ended as number) - (before.ended as number);
  return { calls, ended, failed, perSecond: (ended / tookMs) * 1000, perCpuSecond: ended / cpuS };
}

/** What 10,000 calls leave when all timers have run out, a call. */
async function leftBehind(sipp: string, directory: string): Promise<Told> {
  await using callee = await openCallee('user-agent');
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  await call(sipp, directory, callee.port, 2000, 10_000);
  await settle();
  const before = await callee.tell();
  await call(sipp, directory, callee.port, 2000, 10_000);
  await settle();
  const after = await callee.tell();
  const rise = (name: string): number => (after[name] as number) - (before[name] as number);
  return {
    octetsPerCall: rise('heapUsed') / 10_000,
    timers: rise('timers'),
    descriptors: rise('descriptors'),
    transactions: after.transactions as number,
    sessions: after.sessions as number,
  };
}

const sipp = await findTool('sipp');
if (!sipp.found) throw new Error(`${sipp.reason}; mend it with: ${sipp.fix}`);
await using directory = await openTemporaryDirectory('sip-load');
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const ATTEMPTS = 3;

/** The reference first: it says what SIPp and the machine are good for at the moment. */
async function measured(): Promise<{ readonly bare: Load; readonly 'user-agent': Load }> {
  const of = async (kind: 'bare' | 'user-agent'): Promise<Load> => {
    await using callee = await openCallee(kind);
    return await load(callee, (sipp as { path: string }).path, directory.path, rate, seconds);
  };
  const bare = await of('bare');
  return { bare, 'user-agent': await of('user-agent') };
}

function isBusy({ failed, perSecond }: Load): boolean {
  return failed || perSecond < rate * 0.9;
}

const MAX_OCTETS_PER_CALL = 1000;

function leftNothing({ octetsPerCall, timers, descriptors, transactions, sessions }: Told): boolean {
  const held = [timers, descriptors, transactions, sessions].every((count) => (count ?? 1) <= 0);
  return held && (octetsPerCall as number) < MAX_OCTETS_PER_CALL;
}

using _priority = raisedPriority();
let results = await measured();
for (let attempt = 1; attempt < ATTEMPTS && isBusy(results.bare); attempt++) {
  console.log(`the reference ended ${results.bare.ended} of ${results.bare.calls} calls: this machine is busy; again`);
  results = await measured();
}
const left = values.leak ? await leftBehind(sipp.path, directory.path) : undefined;
const ratio = results['user-agent'].perCpuSecond / results.bare.perCpuSecond;
if (values.json) console.log(JSON.stringify({ ...results, ratio, left }));
else {
  for (const [kind, { calls, ended, failed, perSecond, perCpuSecond }] of Object.entries(results)) {
    const outcome = failed || ended < calls ? 'SOME FAILED' : 'none failed';
    console.log(
      `${kind.padEnd(10)} ${ended} of ${calls} calls ended, ${outcome}; ${Math.round(perSecond)} a second, ${Math.round(perCpuSecond)} a CPU second`,
    );
  }
  console.log(`user-agent ÷ bare: ${ratio.toFixed(2)}`);
  if (left) console.log(`left behind by 10,000 calls, ${SETTLE_MS / 1000} s later: ${JSON.stringify(left)}`);
}
const leaks = left !== undefined && !leftNothing(left);
if (leaks)
  console.log('that is too much: less than 1,000 octets a call, and no timer, descriptor, transaction or session');
if (isBusy(results.bare)) console.log('the machine is too busy for this rate: not a measurement of ours');
const { failed, ended, calls } = results['user-agent'];
process.exitCode = failed || ended < calls || leaks ? 1 : 0;
