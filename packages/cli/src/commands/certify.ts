import { createPrivateKey, type KeyObject } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import {
  BRIDGE_TRIALS,
  CERTIFICATE_FILE,
  type Certificate,
  type CertifiedEndpoint,
  type CertifiedTrace,
  certificatePage,
  decideAll,
  fingerprintOf,
  issueCertificate,
  newSigningKey,
  readCertifiedTrace,
  requirementsOf,
  resultOf,
  SUBJECT,
  SUITES,
  slugOf,
  TRIALS,
} from '@plugfest/certify';
import { cacheDirectory, interruption, spawnOwned } from '@plugfest/host';
import { EXIT, type VerdictFile } from '@plugfest/model';
import { writeBundle } from '@plugfest/repro';
import { RunDirectory } from '@plugfest/scenario';
import { SCENARIOS_ROOT } from '../paths.ts';
import { BadUse } from '../pipeline.ts';
import { printPdf } from '../print-pdf.ts';
import { Progress } from '../progress.ts';
import { printable, style, table } from '../terminal.ts';

export interface CertifyOptions {
  readonly endpoint?: string;
  readonly suite: string;
  /** Runs of each trial in which chance has a part. */
  readonly repeat?: string;
  readonly output?: string;
  readonly key?: string;
  readonly list: boolean;
  /** Kinds, of the endpoint. */
  readonly sabotage: readonly string[];
}

const DEFAULT_REPEAT = '3';
const VALID_DAYS = 365;
const DAY_MS = 86_400_000;

/** Runs the trials of a suite on an endpoint, decides every requirement, and signs the outcome. Exit code 0: passed, 1: failed. */
export async function certify(options: CertifyOptions): Promise<number> {
  if (!SUITES[options.suite]) throw new BadUse(`--suite: there are ${Object.keys(SUITES).join(', ')}`);
  if (options.list) return listRequirements(options.suite);
  if (!options.endpoint)
    throw new BadUse('--endpoint: name the file that says who is certified, e.g. endpoints/wrtc.endpoint.ts');
  const file = resolve(options.endpoint);
  const endpoint = await loadEndpoint(file);
  const output = resolve(options.output ?? join('certificates', `${slugOf(endpoint.name)}-${options.suite}`));
  mkdirSync(output, { recursive: true });
  const key = await keyOf(options.key, output);
  using interrupted = interruption();
  const progress = new Progress();
  const asked = askedTrials(endpoint, options);
  const traces = new Map<string, (CertifiedTrace | string)[]>();
  const done: Certificate['trials'] = [];
  let environment: Readonly<Record<string, string>> = {};
  const work = mkdtempSync(join(cacheDirectory(), 'certify-'));
  try {
    for (const [at, trial] of asked.entries()) {
      if (interrupted.signal.aborted) return EXIT.interrupted;
      const { name, what, number } = trial;
      progress.begin(`${name} (${at + 1} of ${asked.length}): ${what}`);
      const verdict = await runTrial(file, trial, work, endpoint, options.sabotage);
      progress.stop();
      const outcomes = traces.get(name) ?? [];
      traces.set(name, outcomes);
      if (!verdict || !DECIDED.has(verdict.verdict)) {
        outcomes.push(`its trial did not run: ${verdict?.reason ?? 'the run left no verdict'}`);
        continue;
      }
      const run = new RunDirectory(verdict.reportDir);
      outcomes.push(readCertifiedTrace(run, SUBJECT));
      const evidence = `${name.replaceAll('/', '-')}${number > 1 ? `-${number}` : ''}.plugfest.tgz`;
      const scenariosRoot = name.startsWith(BRIDGE_TRIALS) ? SCENARIOS_ROOT : work;
      await writeBundle(run, join(output, evidence), { redact: true, scenariosRoot });
      environment = run.readPlan().environment;
      done.push({ name, what, runId: verdict.id, verdict: verdict.verdict, evidence });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const certificate = certificateOf(endpoint, options.suite, traces, done, environment);
  // The key was read, or made, before; it signs in this process, which has spoken to no endpoint: each trial was a process of its own.
  issueCertificate(output, certificate, key);
  await writePages(output, certificate, fingerprintOf(key));
  process.stdout.write(summaryOf(certificate, output));
  return certificate.result === 'PASSED' ? EXIT.pass : EXIT.failed;
}

function certificateOf(
  endpoint: CertifiedEndpoint,
  suite: string,
  traces: ReadonlyMap<string, readonly (CertifiedTrace | string)[]>,
  trials: Certificate['trials'],
  environment: Readonly<Record<string, string>>,
): Certificate {
  const { rows, suiteDigest } = decideAll(endpoint, suite, traces);
  const { name, vendor, version, participant, bridge, unsupported = {} } = endpoint;
  const kind = participant?.kind ?? 'bridge';
  const profile = participant?.profile ?? bridge ?? 'reference';
  const now = Date.now();
  return {
    format: 'plugfest-certificate',
    version: 1,
    endpoint: { name, vendor, version, kind, profile },
    suite,
    suiteDigest,
    result: resultOf(rows),
    unclaimed: { ...unsupported },
    rows,
    trials,
    environment: { ...environment },
    issuedAt: new Date(now).toISOString(),
    validUntil: new Date(now + VALID_DAYS * DAY_MS).toISOString(),
  };
}

async function loadEndpoint(file: string): Promise<CertifiedEndpoint> {
  const module = (await import(pathToFileURL(file).href).catch((error: Error) => {
    throw new BadUse(`--endpoint: ${file} cannot be loaded: ${error.message}`);
  })) as { default?: Partial<CertifiedEndpoint> };
  const found = module.default;
  if (!found?.name || !found.vendor || !found.version || !(found.participant || found.bridge))
    throw new BadUse(
      `--endpoint: ${file} has no endpoint({ name, vendor, version, participant or bridge }) as its default export`,
    );
  return found as CertifiedEndpoint;
}

/** One run that is to be made: `number` counts those of the same trial. */
interface AskedTrial {
  readonly name: string;
  readonly what: string;
  readonly number: number;
}

/** Verdicts of runs that have something to say. */
const DECIDED: ReadonlySet<string> = new Set(['pass', 'fail', 'inconclusive']);

/** Each trial that a row of the suite is decided by; rough ones several times. @throws BadUse where suite and subject are of different kinds */
function askedTrials(endpoint: CertifiedEndpoint, { suite, repeat = DEFAULT_REPEAT }: CertifyOptions): AskedTrial[] {
  const times = Number(repeat);
  if (!Number.isInteger(times) || times < 1 || times > 20) throw new BadUse(`--repeat: “${repeat}” is not 1 to 20`);
  if ((suite === 'bridge') !== (endpoint.bridge !== undefined))
    throw new BadUse(`the suite “${suite}” is not for ${endpoint.bridge === undefined ? 'who takes part' : 'bridges'}`);
  const isOfBorders = endpoint.participant?.kind === 'federated';
  if (suite === 'federated-client' && !isOfBorders)
    throw new BadUse('the suite “federated-client” is for clients that call through the edges of their own domain');
  const names = [...new Set(requirementsOf(suite).map(({ trial }) => trial))];
  return names.flatMap((name) => {
    const trial = TRIALS.find((one) => one.name === name);
    const number = trial?.isRough ? times : 1;
    return Array.from({ length: number }, (_, at) => ({ name, what: trial?.what ?? name, number: at + 1 }));
  });
}

/** One trial in a process of its own: a scenario file that names the endpoint and the trial, or one of the project's own. */
async function runTrial(
  endpointFile: string,
  { name }: AskedTrial,
  work: string,
  endpoint: CertifiedEndpoint,
  sabotage: readonly string[],
): Promise<VerdictFile | undefined> {
  const isOfBridge = name.startsWith(BRIDGE_TRIALS);
  const scenario = isOfBridge
    ? join(SCENARIOS_ROOT, `${name}.scenario.ts`)
    : writeTrial(endpointFile, name, join(work, `${name}.scenario.ts`));
  const args = [...process.execArgv, resolve(import.meta.dirname, '../main.ts'), 'run', scenario, '--json'];
  for (const kind of sabotage) args.push('--sabotage', `${SUBJECT}:${kind}`);
  if (isOfBridge && endpoint.bridge !== 'reference') args.push('--bridge', endpoint.bridge ?? '');
  const isAsked = endpoint.participant?.external?.form === 'device';
  await using child = spawnOwned(process.execPath, args, {
    name: `trial ${name}`,
    stdin: isAsked ? 'pipe' : 'ignore',
    ...(isAsked ? { env: { PLUGFEST_PERSON: 'stdin' } } : {}),
  });
  if (isAsked && child.stdin) lendTerminal(child.stdin, child.stderr);
  else child.stderr.resume();
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  await child.exited;
  if (child.stdin) process.stdin.unpipe(child.stdin);
  try {
    return (JSON.parse(Buffer.concat(chunks).toString()) as { runs: VerdictFile[] }).runs[0];
  } catch {
    return undefined;
  }
}

function writeTrial(endpointFile: string, trial: string, path: string): string {
  const url = JSON.stringify(pathToFileURL(endpointFile).href);
  writeFileSync(
    path,
    `import { trialScenario } from '@plugfest/certify';\nimport endpoint from ${url};\n\nexport default trialScenario(endpoint, ${JSON.stringify(trial)});\n`,
  );
  return path;
}

/** What the trial asks the person goes to our terminal, and what the person says goes to the trial. */
function lendTerminal(stdin: Writable, stderr: Readable): void {
  createInterface({ input: stderr }).on('line', (line) => {
    if (line.startsWith('? ')) process.stderr.write(`${printable(line)}\n`);
  });
  stdin.on('error', () => {});
  process.stdin.pipe(stdin, { end: false });
}

/** The key that was named, or a new one, kept beside the certificate's directory for its owner alone. */
async function keyOf(path: string | undefined, output: string): Promise<KeyObject> {
  if (path !== undefined) {
    try {
      const key = createPrivateKey(readFileSync(path));
      if (key.asymmetricKeyType === 'ed25519') return key;
    } catch {
      // Said below.
    }
    throw new BadUse(
      `--key: ${path} is no Ed25519 private key in PEM (openssl genpkey -algorithm ed25519 -out key.pem)`,
    );
  }
  const key = newSigningKey();
  const file = `${output}.key.pem`;
  writeFileSync(file, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  process.stderr.write(`a new key was made: ${relative(process.cwd(), file)} (next time: --key)\n`);
  return key;
}

async function writePages(output: string, certificate: Certificate, keyId: string): Promise<void> {
  const page = join(output, 'index.html');
  writeFileSync(page, certificatePage(certificate, keyId));
  const missing = await printPdf(page, join(output, 'certificate.pdf'));
  if (missing) process.stderr.write(`no certificate.pdf: ${missing}\n`);
}

function summaryOf({ result, rows, suite, endpoint }: Certificate, output: string): string {
  const outcomes = ['pass', 'fail', 'inconclusive', 'not-exercised', 'unsupported'] as const;
  const counts = outcomes.map((outcome) => `${rows.filter((row) => row.outcome === outcome).length} ${outcome}`);
  const bad = rows.filter(
    ({ outcome, level }) => (outcome === 'fail' || outcome === 'inconclusive') && level === 'must',
  );
  const lines = bad.map(({ id, outcome, seen }) => [`  ${style('red', outcome, process.stdout)}`, id, printable(seen)]);
  const head = `${style(result === 'PASSED' ? 'green' : 'red', result, process.stdout)} ${printable(endpoint.name)}, suite ${suite}: ${counts.join(', ')}`;
  const where = relative(process.cwd(), join(output, CERTIFICATE_FILE));
  return `${head}\n${bad.length > 0 ? `${table(lines)}\n` : ''}${where}\n`;
}

function listRequirements(suite: string): number {
  const rows = requirementsOf(suite).map(({ id, level, trial, text, cites }) => [id, level, trial, text, cites]);
  process.stdout.write(`${table(rows)}\n${rows.length} requirements\n`);
  return EXIT.pass;
}
