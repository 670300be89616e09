import { createInterface } from 'node:readline';
import type { OwnedProcess } from '@plugfest/host';
import type { Browser, Page } from 'puppeteer';

const START_TIMEOUT_MS = 20_000;

/** Set where somebody wants to see the browsers. */
export const HEADED_VARIABLE = 'PLUGFEST_HEADED';

/** Nothing where the browser is to be seen. */
export function headless(): string[] {
  return process.env[HEADED_VARIABLE] ? [] : ['--headless'];
}

/** A real browser under puppeteer, with a profile of its own that goes when it goes. */
export interface BrowserEngine extends AsyncDisposable {
  /** As people call it. */
  readonly name: string;
  readonly process: OwnedProcess;
  /** Its one page, with that document in it and leave to use camera and microphone. */
  openPage(url: string): Promise<Page>;
}

export async function firstPageOf(browser: Browser): Promise<Page> {
  const [page] = await browser.pages();
  return page ?? browser.newPage();
}

/** The address that a browser writes to its standard error when it can be driven. @throws where it ends before, or takes too long */
export async function addressWrittenBy(child: OwnedProcess, name: string, pattern: RegExp): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`${name} did not come up within ${START_TIMEOUT_MS / 1000} s`)),
    START_TIMEOUT_MS,
  );
  createInterface({ input: child.stderr }).on('line', (line) => {
    const url = pattern.exec(line)?.[1];
    if (url) resolve(url);
  });
  void child.exited.then(({ code, signal }) =>
    reject(new Error(`${name} ended (${signal ?? `code ${code}`}): ${child.stderrTail().trim().slice(-500)}`)),
  );
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
