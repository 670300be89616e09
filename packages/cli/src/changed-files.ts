import { execFileSync } from 'node:child_process';
import { BadUse } from './bad-use.ts';
import { PROJECT_ROOT } from './paths.ts';

/** What is held against each other where nothing is named: the first of these that is there. */
const BASES = ['origin/main', 'main', 'HEAD'];

/** Files that differ from where this branch left its base, also those not yet committed. @throws BadUse */
export function changedFiles(asked: string | undefined): { readonly base: string; readonly files: string[] } {
  const base =
    asked ?? BASES.find((name) => git(['rev-parse', '--verify', '--quiet', `${name}^{commit}`]) !== undefined);
  // Whatever begins with a dash would be an option of git.
  const start = base === undefined || base.startsWith('-') ? undefined : git(['merge-base', base, 'HEAD']);
  if (base === undefined || start === undefined)
    throw new BadUse(`--changed: ${asked ?? 'this is no git checkout, or'} has no commit in common with HEAD`);
  const lines = [
    ...(git(['diff', '--name-only', '-z', start.trim()]) ?? '').split('\0'),
    ...(git(['ls-files', '-z', '--others', '--exclude-standard']) ?? '').split('\0'),
  ];
  return { base, files: [...new Set(lines.filter((line) => line !== ''))].sort() };
}

function git(args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: PROJECT_ROOT, stdio: ['ignore', 'pipe', 'ignore'], encoding: 'utf8' });
  } catch {
    return undefined;
  }
}
