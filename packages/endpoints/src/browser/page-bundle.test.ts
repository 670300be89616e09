import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PAGE_HTML, pageScript } from './page-bundle.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'plugfest-page-bundle-'));
  vi.stubEnv('PLUGFEST_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

test('bundles the page once, whole', async () => {
  const script = await pageScript();
  expect(readdirSync(cache)).toEqual([expect.stringMatching(/^browser-page-[0-9a-f]{16}\.js$/)]);
  // JsSIP and ours are in it, and nothing is left to be fetched.
  expect(script).toContain('SIP/2.0');
  expect(script).toContain('MediaStreamTrackGenerator');
  expect(script).not.toMatch(/(?:^|;)\s*import\s*[{*"']/m);
  expect(readFileSync(PAGE_HTML, 'utf8')).toContain('src="page.js"');
  expect(await pageScript()).toBe(script);
});
