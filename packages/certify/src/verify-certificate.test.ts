import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@plugfest/model';
import { writeBundle } from '@plugfest/repro';
import { RunDirectory, wrtc } from '@plugfest/scenario';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CATALOGUE, requirementsOf, SUITES } from './catalogue.ts';
import { type Certificate, decideAll, resultOf } from './certificate.ts';
import { certificatePage } from './certificate-page.ts';
import { endpoint } from './certified-endpoint.ts';
import type { CertifiedTrace } from './certified-trace.ts';
import { CERTIFICATE_FILE, issueCertificate, RESULTS_FILE } from './issue-certificate.ts';
import { fingerprintOf, newSigningKey } from './statement.ts';
import { verifyCertificate } from './verify-certificate.ts';

const root = mkdtempSync(join(tmpdir(), 'plugfest-certify-'));
afterAll(() => rmSync(root, { recursive: true }));
const NOW = Date.parse('2030-01-02T00:00:00Z');
const SUBJECT = endpoint({
  name: '<script>alert(1)</script>',
  vendor: 'ACME & Söhne',
  version: '1.0',
  participant: wrtc({ name: 'Subject', uri: 'sip:subject@example' }),
  unsupported: { 'rfc3264/8/': 'never sends a second description' },
});
const key = newSigningKey();
const EMPTY: CertifiedTrace = { endpoint: 'subject', checks: [], messages: [], media: [] };

/** A run's directory as small as one can be. */
async function evidence(directory: string, runId: string): Promise<void> {
  const run = new RunDirectory(mkdtempSync(join(root, 'run-')));
  run.writePlan({
    version: 1,
    runId,
    scenario: { id: 'clean', title: 'Clean', file: join(root, 'none.scenario.ts'), story: '' },
    seed: 1,
    createdAt: '2030-01-01T00:00:00Z',
    command: 'plugfest run',
    participants: [],
    peers: [],
    conference: { uri: 'sip:x@y', layout: 'equal-2x2', width: 2, height: 2, frameRate: 1 },
    mediaMs: 0,
    expectations: [],
    variant: 'as-written',
    sabotage: [],
    environment: {},
  });
  run.writeVerdict({
    version: 1,
    id: runId,
    scenario: 'clean',
    title: 'Clean',
    verdict: 'pass',
    seed: 1,
    startedAt: '2030-01-01T00:00:00Z',
    durationMs: 1,
    reportDir: run.path,
    checks: [],
    stagesMs: {},
  });
  await writeBundle(run, join(directory, 'clean.plugfest.tgz'), { scenariosRoot: root });
}

function certificateOf(change: (rows: Certificate['rows']) => Certificate['rows'] = (rows) => rows): Certificate {
  const decided = decideAll(SUBJECT, 'sip-room', new Map([['clean', [EMPTY]]]));
  const passed = decided.rows.map((row) =>
    row.id === 'conference/clean/joins' ? { ...row, outcome: 'pass' as const } : row,
  );
  const rows = change(passed);
  return {
    format: 'plugfest-certificate',
    version: 1,
    endpoint: { name: SUBJECT.name, vendor: SUBJECT.vendor, version: '1.0', kind: 'webrtc-node', profile: 'wrtc' },
    suite: 'sip-room',
    suiteDigest: decided.suiteDigest,
    result: resultOf(rows),
    unclaimed: { ...SUBJECT.unsupported },
    rows,
    trials: [
      { name: 'clean', what: 'a perfect network', runId: 'run-1', verdict: 'pass', evidence: 'clean.plugfest.tgz' },
    ],
    environment: {},
    issuedAt: '2030-01-01T00:00:00.000Z',
    validUntil: '2031-01-01T00:00:00.000Z',
  };
}

async function issued(certificate = certificateOf(), runId = 'run-1'): Promise<string> {
  const directory = mkdtempSync(join(root, 'certificate-'));
  await evidence(directory, runId);
  issueCertificate(directory, certificate, key);
  return directory;
}

const verified = (directory: string, nowMs = NOW, keyId?: string) =>
  verifyCertificate(join(directory, CERTIFICATE_FILE), { nowMs, ...(keyId === undefined ? {} : { keyId }) });

describe('a certificate', () => {
  let good = '';
  beforeAll(async () => {
    good = await issued();
  });

  test('verifies as it was issued, and by whom', async () => {
    expect((await verified(good)).faults).toEqual([]);
    expect((await verified(good, NOW, fingerprintOf(key))).faults).toEqual([]);
    expect((await verified(good, NOW, fingerprintOf(newSigningKey()))).faults).toHaveLength(1);
  });

  test('is not valid before and after its time', async () => {
    expect((await verified(good, Date.parse('2029-12-31T00:00:00Z'))).faults).toHaveLength(1);
    expect((await verified(good, Date.parse('2031-01-02T00:00:00Z'))).faults).toHaveLength(1);
  });

  test.each([
    ['lacks a row', (rows: Certificate['rows']) => rows.slice(1), 'is missing'],
    [
      'has a row more',
      (rows: Certificate['rows']) => [...rows, { ...(rows[0] as Certificate['rows'][number]), id: 'mine/1' }],
      'not of the suite',
    ],
    ['has a row twice', (rows: Certificate['rows']) => [...rows, rows[0] as Certificate['rows'][number]], 'twice'],
  ])('that %s does not verify, though it is signed', async (_, change, fault) => {
    const { faults } = await verified(await issued(certificateOf(change)));
    expect(faults.join('\n')).toContain(fault);
  });

  test('that claims to have passed with a failed row does not verify', async () => {
    const failed = certificateOf((rows) =>
      rows.map((row) => (row.id === 'conference/clean/sees' ? { ...row, outcome: 'fail' as const } : row)),
    );
    expect(failed.result).toBe('FAILED');
    const { faults } = await verified(await issued({ ...failed, result: 'PASSED' }));
    expect(faults).toContain('the result does not follow from the rows');
  });

  test('with another run’s evidence does not verify', async () => {
    const { faults } = await verified(await issued(certificateOf(), 'run-2'));
    expect(faults).toContain('clean.plugfest.tgz is the evidence of another run: run-2');
  });

  test('with missing evidence does not verify', async () => {
    const directory = await issued();
    rmSync(join(directory, 'clean.plugfest.tgz'));
    expect((await verified(directory)).faults).toContain('clean.plugfest.tgz is missing');
  });

  test('of which any byte of any file was changed does not verify', async () => {
    const random = seededRandom(8);
    for (const name of [CERTIFICATE_FILE, RESULTS_FILE, 'clean.plugfest.tgz']) {
      const original = readFileSync(join(good, name));
      for (let n = 0; n < 60; n++) {
        const bytes = Buffer.from(original);
        const at = random.uint32() % bytes.length;
        bytes[at] = (bytes[at] as number) ^ (1 << (random.uint32() % 7));
        // White space between the envelope's values says nothing, and may be another.
        if (name === CERTIFICATE_FILE && isSameJson(bytes, original)) continue;
        writeFileSync(join(good, name), bytes);
        expect((await verified(good)).faults, `${name} at ${at}`).not.toEqual([]);
      }
      writeFileSync(join(good, name), original);
    }
    expect((await verified(good)).faults).toEqual([]);
  });
});

function isSameJson(a: Buffer, b: Buffer): boolean {
  try {
    return JSON.stringify(JSON.parse(a.toString())) === JSON.stringify(JSON.parse(b.toString()));
  } catch {
    return false;
  }
}

describe('the catalogue', () => {
  test('has at least 150 requirements, each once, each with a text and a source', () => {
    expect(CATALOGUE.length).toBeGreaterThanOrEqual(150);
    expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length);
    for (const { text, cites } of CATALOGUE) expect(Math.min(text.length, cites.length)).toBeGreaterThan(5);
    for (const suite of Object.keys(SUITES)) expect(requirementsOf(suite).length).toBeGreaterThan(60);
  });

  test('decides nothing of an endpoint that did nothing', () => {
    const { rows } = decideAll(SUBJECT, 'sip-room', new Map([['clean', [EMPTY]]]));
    expect([...new Set(rows.map(({ outcome }) => outcome))].sort()).toEqual(['not-exercised', 'unsupported']);
    expect(resultOf(rows)).toBe('FAILED');
  });
});

test('the page shows names of the endpoint as text, and what was left out', () => {
  const page = certificatePage(certificateOf(), 'abc');
  expect(page).not.toContain('<script>');
  expect(page).toContain('&lt;script&gt;');
  expect(page).toContain('never sends a second description');
});
