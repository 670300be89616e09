import { request } from 'node:http';
import { findTool, openTemporaryDirectory } from '@plugfest/host';
import { launch, type Page } from 'puppeteer';
import { expect, test } from 'vitest';
import { Lab } from './lab.ts';
import { MemoryStorage } from './memory-storage-fixture.ts';
import { servePage } from './serve-page.ts';
import { openPglite } from './sql-pglite.ts';
import { SqlStorage } from './sql-storage.ts';

const chromium = await findTool('chromium');
if (!chromium.found) process.stderr.write(`serve-page.test.ts is skipped: ${chromium.reason}; ${chromium.fix}\n`);

const cell = (key: string) => ({ key, priority: 0, needs: [], setup: '', payload: null });
const rowsOf = (page: Page, table: string) =>
  page.$$eval(`#${table} tr`, (rows) => rows.map((row) => [...row.children].map((each) => each.textContent)));

test.skipIf(!chromium.found)(
  'a real Chromium shows a run as it goes on, a late one, and runs nothing of what cells say',
  async () => {
    await using temporary = await openTemporaryDirectory('lab-page');
    await using storage = await SqlStorage.open(await openPglite());
    const lab = new Lab(storage);
    await lab.addRun({ id: 'night-1', title: 'Night', detail: { heatMap: ['a', 'b'] } });
    await lab.addCells('night-1', ['a=1, b=x', 'a=1, b=y', 'a=2, b=x #2'].map(cell));
    await using server = await servePage(lab, { everyMs: 50 });
    await using stack = new AsyncDisposableStack();
    const browser = await launch({
      executablePath: chromium.found ? chromium.path : '',
      userDataDir: temporary.path,
      args: ['--disable-dev-shm-usage', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    });
    stack.defer(() => browser.close());
    const page = await browser.newPage();
    const errors: unknown[] = [];
    page.on('pageerror', (error) => errors.push(error));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(server.url);
    await page.waitForFunction(`document.body.textContent.includes('0 of 3 cells')`);
    const settle = async (verdict: 'pass' | 'fail', reason?: string): Promise<void> => {
      const lease = await lab.lease({ name: 'w<1>', has: ['sipp'], cores: 2, warm: [] });
      await lab.settle(
        { cell: lease?.cell ?? '', token: 1, worker: 'w<1>' },
        { verdict, durationMs: 1500, ...(reason && { reason }) },
      );
    };
    await settle('pass');
    await settle('fail', '<img src=x onerror="document.title=\'stolen\'">');
    await page.waitForFunction(`document.body.textContent.includes('2 of 3 cells')`);
    await page.waitForFunction("document.querySelectorAll('#results tbody tr').length === 2");
    const results = await rowsOf(page, 'results');
    expect(results[1]).toEqual([
      expect.stringMatching(/^a=/),
      'fail',
      '1.5 s',
      'w<1>',
      '',
      '<img src=x onerror="document.title=\'stolen\'">',
    ]);
    expect(await page.title()).toBe('Plugfest lab');
    expect((await rowsOf(page, 'heat')).flat()).toEqual(expect.arrayContaining(['a ↓ b →', '1/1', '0/1']));
    expect((await rowsOf(page, 'workers'))[1]?.[0]).toBe('w<1>');
    expect(await page.$eval('#progress', (bar) => Number((bar as unknown as { value: number }).value))).toBe(2);
    // A run that starts later can be chosen, and the first one again.
    await lab.addRun({ id: 'night-2', title: 'Next', detail: null });
    await page.waitForSelector('#runs option[value="night-2"]');
    await page.waitForFunction(`document.body.textContent.includes('0 of 0 cells')`);
    await page.select('#runs', 'night-1');
    await page.waitForFunction("document.querySelectorAll('#results tbody tr').length === 2");
    expect(errors).toEqual([]);
  },
);

test('is read-only, and answers only to its own names', async () => {
  await using server = await servePage(new Lab(new MemoryStorage(() => 0)));
  const ask = (options: { method?: string; headers?: Record<string, string>; path?: string }): Promise<number> =>
    new Promise((resolve, reject) => {
      const asked = request(server.url, options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      asked.on('error', reject);
      asked.end();
    });
  expect(await ask({})).toBe(200);
  expect(await ask({ method: 'POST' })).toBe(405);
  expect(await ask({ headers: { host: 'attacker.example' } })).toBe(403);
  expect(await ask({ path: '/lease' })).toBe(404);
});
