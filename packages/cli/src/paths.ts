import { join, resolve } from 'node:path';

/** The checkout that this command was started from. */
export const PROJECT_ROOT = resolve(import.meta.dirname, '../../..');
export const SCENARIOS_ROOT = resolve(PROJECT_ROOT, 'scenarios');
export const REPORTS_ROOT = resolve(PROJECT_ROOT, 'reports');
/** What `plugfest run` runs where nothing is named: the picture that the project exists for. */
export const FLAGSHIP = resolve(SCENARIOS_ROOT, 'conference');

/** Where the lab's embedded store of a reports directory is. */
export function labDirectoryOf(reportsDir: string): string {
  return join(reportsDir, 'lab');
}
