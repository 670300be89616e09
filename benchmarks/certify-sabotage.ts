/**
 * The same endpoint, whole and broken in one way at a time: which requirements of the clean trial fail because of it. Those that must, all of them; besides those that may as
 * a consequence, nothing that the whole endpoint passed. `npm run certify:sabotage [kind …]`
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { decideAll, readCertifiedTrace, SUBJECT } from '@plugfest/certify';
import { cacheDirectory } from '@plugfest/host';
import type { VerdictFile } from '@plugfest/model';
import { RunDirectory } from '@plugfest/scenario';
import subject from '../endpoints/wrtc.endpoint.ts';

const ROOT = resolve(import.meta.dirname, '..');
const SUITE = 'webrtc-client';
const TRIAL = 'clean';

interface Expected {
  /** Names of rows `conference/clean/…`. */
  readonly fails: readonly string[];
  /** What follows from it, and may be within its limit. */
  readonly mayFail: readonly string[];
}

const EXPECTED: Readonly<Record<string, Expected>> = {
  mute: { fails: ['is-heard'], mayFail: ['spoken-in-time', 'lips-sent'] },
  freeze: { fails: ['sent-without-freezes', 'frame-rate-sent'], mayFail: ['sent-in-time', 'lips-sent', 'clear-sent'] },
  black: {
    fails: ['is-seen'],
    mayFail: ['frame-rate-sent', 'sent-without-freezes', 'sent-in-time', 'lips-sent', 'clear-sent'],
  },
  'delay=600ms': { fails: ['sent-in-time', 'spoken-in-time'], mayFail: [] },
  'lipsync=400ms': { fails: ['lips-sent'], mayFail: ['spoken-in-time'] },
  'loss=15%': {
    fails: [],
    mayFail: [
      ...['frame-rate-sent', 'frame-rate-shown', 'sent-without-freezes', 'shown-without-freezes', 'sent-in-time'],
      // Both directions lose; so many packets that no picture may come whole, and speech is not understood.
      ...[
        'sees',
        'is-seen',
        'hears',
        'is-heard',
        'shown-in-time',
        'lips-sent',
        'lips-shown',
        'clear-sent',
        'clear-shown',
        'spoken-in-time',
        'played-in-time',
      ],
    ],
  },
};

/** Rows that are not passed, by identifier. */
async function failedRows(scenario: string, sabotage: string | undefined): Promise<Set<string>> {
  const broken = sabotage === undefined ? [] : ['--sabotage', `${SUBJECT}:${sabotage}`];
  const main = join(ROOT, 'packages/cli/src/main.ts');
  // Its exit code tells that checks failed: that is what is asked for.
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'run', scenario, '--json', ...broken], {
    maxBuffer: 1 << 26,
  }).catch((fault: { stdout?: string }) => ({ stdout: fault.stdout ?? '' }));
  const [run] = (JSON.parse(stdout) as { runs: VerdictFile[] }).runs;
  if (!run || run.checks.length === 0) throw new Error(`no run: ${run?.reason ?? 'nothing was printed'}`);
  const trace = readCertifiedTrace(new RunDirectory(run.reportDir), SUBJECT);
  const { rows } = decideAll(subject, SUITE, new Map([[TRIAL, [trace]]]));
  return new Set(rows.filter(({ outcome }) => outcome === 'fail' || outcome === 'inconclusive').map(({ id }) => id));
}

/** What is wrong with the rows that a sabotage failed; nothing where it is as expected. */
function surprises({ fails, mayFail }: Expected, failed: ReadonlySet<string>, before: ReadonlySet<string>): string[] {
  const idOf = (name: string): string => `conference/${TRIAL}/${name}`;
  const explained = new Set([...fails, ...mayFail].map(idOf));
  return [
    ...fails
      .map(idOf)
      .filter((id) => !failed.has(id))
      .map((id) => `${id} did not fail`),
    ...[...failed].filter((id) => !explained.has(id) && !before.has(id)).map((id) => `${id} failed as well`),
  ];
}

const work = mkdtempSync(join(cacheDirectory(), 'certify-sabotage-'));
try {
  const scenario = join(work, `${TRIAL}.scenario.ts`);
  const file = pathToFileURL(join(ROOT, 'endpoints/wrtc.endpoint.ts')).href;
  writeFileSync(
    scenario,
    `import { trialScenario } from '@plugfest/certify';\nimport endpoint from ${JSON.stringify(file)};\n\nexport default trialScenario(endpoint, '${TRIAL}');\n`,
  );
  const before = await failedRows(scenario, undefined);
  process.stdout.write(`whole: ${before.size} rows not passed ${[...before].join(', ')}\n`);
  const asked = process.argv.slice(2);
  const rows = Object.entries(EXPECTED).filter(
    ([kind]) => asked.length === 0 || asked.includes(kind.split('=')[0] ?? ''),
  );
  for (const [kind, expected] of rows) {
    const failed = await failedRows(scenario, kind);
    const wrong = surprises(expected, failed, before);
    const own = [...failed].filter((id) => !before.has(id)).map((id) => id.slice(`conference/${TRIAL}/`.length));
    process.stdout.write(`${wrong.length === 0 ? 'as expected' : 'NOT as expected'}  ${kind}: ${own.join(', ')}\n`);
    for (const text of wrong) process.stdout.write(`    ${text}\n`);
    if (wrong.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
