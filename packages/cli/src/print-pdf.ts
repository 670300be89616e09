import { pathToFileURL } from 'node:url';
import { findTool, openTemporaryDirectory, spawnOwned } from '@plugfest/host';

/** Prints a page to PDF by Chromium. Returns why not, where it cannot. */
export async function printPdf(page: string, target: string): Promise<string | undefined> {
  const tool = await findTool('chromium');
  if (!tool.found) return `${tool.reason}; ${tool.fix}`;
  await using directory = await openTemporaryDirectory('print-');
  const args = [
    ...['--headless', '--disable-gpu', '--no-pdf-header-footer', '--disable-dev-shm-usage'],
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    `--user-data-dir=${directory.path}`,
    `--print-to-pdf=${target}`,
    pathToFileURL(page).href,
  ];
  await using chromium = spawnOwned(tool.path, args, { name: 'chromium: print', stdin: 'ignore' });
  chromium.stdout.resume();
  chromium.stderr.resume();
  const { code } = await chromium.exited;
  return code === 0 ? undefined : `Chromium ended with ${code}: ${chromium.stderrTail().slice(-300)}`;
}
