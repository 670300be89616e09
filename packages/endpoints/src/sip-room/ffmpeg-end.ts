import type { OwnedProcess } from '@plugfest/host';

const WORDS = 500;

/** How a process ended, and what it said last. Resolves when it has. */
export async function describeEnd(process: OwnedProcess): Promise<string> {
  const { code, signal } = await process.exited;
  const words = process.stderrTail().trim().slice(-WORDS);
  return `${process.name} ended with ${signal ?? `code ${code}`}${words === '' ? '' : `: ${words}`}`;
}
