import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findTool, openTemporaryDirectory } from '@plugfest/host';
import { afterAll, expect, test } from 'vitest';
import type { Certificate } from './certificate.ts';
import { certificatePage } from './certificate-page.ts';

const root = mkdtempSync(join(tmpdir(), 'plugfest-hostile-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const chromium = await findTool('chromium');
if (!chromium.found) process.stderr.write(`a hostile endpoint in Chromium is skipped: ${chromium.reason}\n`);

/** Each would leave this word as the page's title if it ran. */
const OWNED = 'document.title=`owned`';
const HOSTILE = [
  `</td><script>${OWNED}</script>`,
  `<img src=x onerror="${OWNED}">`,
  `"><svg onload=${OWNED}>`,
  `' autofocus onfocus=${OWNED} x='`,
  '\u001b]0;owned\u0007\u001b[31m \ud800 \u202e',
].join(' ');
const row: Certificate['rows'][number] = {
  ...{ id: HOSTILE, level: 'must' as const, text: HOSTILE, cites: HOSTILE, trial: 'clean', evidence: HOSTILE },
  ...{ outcome: 'fail' as const, seen: HOSTILE },
};
const certificate: Certificate = {
  ...{ format: 'plugfest-certificate', version: 1, suite: HOSTILE, suiteDigest: HOSTILE, result: 'FAILED' },
  endpoint: { name: HOSTILE, vendor: HOSTILE, version: HOSTILE, kind: HOSTILE, profile: HOSTILE },
  unclaimed: { [HOSTILE]: HOSTILE },
  rows: [row, { ...row, outcome: 'unsupported' }],
  trials: [{ name: HOSTILE, what: HOSTILE, runId: HOSTILE, verdict: HOSTILE, evidence: HOSTILE }],
  environment: { [HOSTILE]: HOSTILE },
  ...{ issuedAt: HOSTILE, validUntil: HOSTILE },
};

test('what an endpoint calls itself is text on its certificate', () => {
  const page = certificatePage(certificate, HOSTILE);
  expect(page).not.toMatch(/<(script|img|svg)/i);
  expect(page).not.toContain('\u001b');
  // Our own attributes are there, none of theirs: they stand in text only.
  expect(page.match(/<[a-z][^>]*\son\w+=/gi)).toBeNull();
});

test.skipIf(!chromium.found)('nothing of it runs in a browser', { timeout: 30_000 }, async () => {
  if (!chromium.found) return;
  const file = join(root, 'index.html');
  writeFileSync(
    file,
    certificatePage({ ...certificate, endpoint: { ...certificate.endpoint, name: 'Harmless' } }, HOSTILE),
  );
  await using profile = await openTemporaryDirectory('hostile-');
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [
    '--headless',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--dump-dom',
    `--user-data-dir=${profile.path}`,
  ];
  const dom = execFileSync(chromium.path, [...args, ...sandbox, pathToFileURL(file).href], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 25_000,
  });
  expect(dom).toContain('<title>Harmless: certificate</title>');
  expect(dom).toContain('&lt;script&gt;');
});
