import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { openBundle } from '@plugfest/repro';
import { requirementsOf, SUITES, suiteDigest } from './catalogue.ts';
import { type Certificate, certificateSchema, resultOf } from './certificate.ts';
import { RESULTS_FILE, sha256 } from './issue-certificate.ts';
import { openEnvelope, type Statement } from './statement.ts';

export interface Verification {
  /** Nothing: it verifies. */
  readonly faults: readonly string[];
  readonly certificate?: Certificate;
  /** Fingerprint of the key that signed. */
  readonly keyId?: string;
}

/**
 * Holds a certificate against the files beside it, without any network: signature, digests, that no requirement of the suite is missing or was added, that the
 * outcome follows from the rows, that each run's evidence is that run's, and that it is still valid at `nowMs`. `keyId`: whose signature is asked for.
 */
export async function verifyCertificate(
  path: string,
  { nowMs, keyId }: { readonly nowMs: number; readonly keyId?: string },
): Promise<Verification> {
  const directory = dirname(path);
  let envelope: unknown;
  try {
    envelope = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { faults: [`${basename(path)} is not there or is no JSON`] };
  }
  const opened = openEnvelope(envelope);
  if (typeof opened === 'string') return { faults: [opened] };
  const { statement } = opened;
  const faults =
    keyId !== undefined && opened.keyId !== keyId ? [`it is signed by ${opened.keyId}, not by ${keyId}`] : [];
  faults.push(...digestFaults(directory, statement));
  const certificate = resultsIn(directory);
  if (typeof certificate === 'string') return { faults: [...faults, certificate], keyId: opened.keyId };
  faults.push(...rowFaults(certificate, statement), ...validityFaults(certificate, nowMs));
  faults.push(...(await evidenceFaults(directory, certificate, statement)));
  return { faults, certificate, keyId: opened.keyId };
}

function digestFaults(directory: string, { subject }: Statement): string[] {
  return subject.flatMap(({ name, digest }) => {
    if (!isPlainName(name)) return [`“${name}” is no name of a file beside the certificate`];
    const path = join(directory, name);
    if (!existsSync(path)) return [`${name} is missing`];
    return sha256(readFileSync(path)) === digest.sha256 ? [] : [`${name} is not what was signed`];
  });
}

function isPlainName(name: string): boolean {
  return /^[\w.-]+$/.test(name) && !name.startsWith('.');
}

function resultsIn(directory: string): Certificate | string {
  try {
    return certificateSchema.parse(JSON.parse(readFileSync(join(directory, RESULTS_FILE), 'utf8')));
  } catch {
    return `${RESULTS_FILE} is not there or is none`;
  }
}

function rowFaults(
  { suite, suiteDigest: digest, rows, result }: Certificate,
  { predicate, subject }: Statement,
): string[] {
  const faults: string[] = [];
  if (!subject.some(({ name }) => name === RESULTS_FILE)) faults.push(`${RESULTS_FILE} is not signed`);
  if (predicate.result !== result || result !== resultOf(rows)) faults.push('the result does not follow from the rows');
  if (!SUITES[suite]) return [...faults, `there is no suite “${suite}” in this version`];
  if (digest !== suiteDigest(suite))
    faults.push(`the suite “${suite}” is another than this version’s: rows cannot be compared`);
  const [asked, given] = [requirementsOf(suite).map(({ id }) => id), rows.map(({ id }) => id)];
  for (const id of asked) if (!given.includes(id)) faults.push(`the row ${id} is missing`);
  for (const id of given) if (!asked.includes(id)) faults.push(`the row ${id} is not of the suite`);
  if (new Set(given).size !== given.length) faults.push('a row is there twice');
  const told = [...predicate.passedTests, ...predicate.warnedTests, ...predicate.failedTests].sort();
  if (JSON.stringify(told) !== JSON.stringify([...given].sort()))
    faults.push('statement and rows speak of different requirements');
  return faults;
}

function validityFaults({ issuedAt, validUntil }: Certificate, nowMs: number): string[] {
  const [from, to] = [Date.parse(issuedAt), Date.parse(validUntil)];
  if (!(from <= to)) return ['its dates make no sense'];
  if (nowMs > to) return [`it was valid until ${validUntil}`];
  return nowMs < from ? [`it is valid from ${issuedAt} only`] : [];
}

/** Each bundle opens, and is the run that the certificate says. */
async function evidenceFaults(directory: string, { trials }: Certificate, { subject }: Statement): Promise<string[]> {
  const faults: string[] = [];
  const temporary = mkdtempSync(join(tmpdir(), 'plugfest-verify-'));
  try {
    for (const [index, { name, runId, evidence, verdict }] of trials.entries()) {
      if (!subject.some((one) => one.name === evidence)) faults.push(`the evidence of ${name} is not signed`);
      if (!isPlainName(evidence) || !existsSync(join(directory, evidence))) continue;
      try {
        const { manifest } = await openBundle(join(directory, evidence), join(temporary, String(index)));
        if (manifest.runId !== runId) faults.push(`${evidence} is the evidence of another run: ${manifest.runId}`);
        if (manifest.verdict !== verdict) faults.push(`${evidence} ended in ${manifest.verdict}, not in ${verdict}`);
      } catch (error) {
        faults.push(`${evidence}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return faults;
}
