import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawnOwned } from '@plugfest/host';
import { BadUse } from './bad-use.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SCOPE = '@plugfest';

/** The commits of `good..bad` in order of time, the good one first. @throws BadUse where git knows no such range */
export async function commitsBetween(range: string): Promise<string[]> {
  const [good, bad] = range.split('..');
  if (!good || !bad || range.startsWith('-')) throw new BadUse(`--git: “${range}” is not <good>..<bad>`);
  const first = (await git('rev-parse', '--verify', '--end-of-options', `${good}^{commit}`)).trim();
  const later = await git('rev-list', '--reverse', '--first-parent', '--end-of-options', `${good}..${bad}`);
  return [first, ...later.split('\n').filter(Boolean)];
}

/** This project at another commit, in a directory of its own: packages of others are those that are installed here, our own are those of the commit. */
export class GitCheckout implements AsyncDisposable {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** @throws BadUse with git's words */
  static async open(commit: string): Promise<GitCheckout> {
    const directory = join(mkdtempSync(join(tmpdir(), 'plugfest-bisect-')), 'project');
    await git('worktree', 'add', '--quiet', '--detach', directory, commit);
    linkModules(directory);
    return new GitCheckout(directory);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await git('worktree', 'remove', '--force', this.directory);
    rmSync(resolve(this.directory, '..'), { recursive: true, force: true });
  }
}

/** Links of workspaces lead to the project that they were installed in: in a checkout they have to lead to the checkout's packages. */
function linkModules(directory: string): void {
  const modules = join(directory, 'node_modules');
  mkdirSync(join(modules, SCOPE), { recursive: true });
  for (const name of readdirSync(join(ROOT, 'node_modules')))
    if (name !== SCOPE) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  for (const name of readdirSync(join(directory, 'packages'))) {
    symlinkSync(join(directory, 'packages', name), join(modules, SCOPE, name));
    const own = join(ROOT, 'packages', name, 'node_modules');
    if (existsSync(own)) symlinkSync(own, join(directory, 'packages', name, 'node_modules'));
  }
}

async function git(...args: readonly string[]): Promise<string> {
  await using child = spawnOwned('git', ['-C', ROOT, ...args], { name: `git ${args[0]}` });
  const said = (await child.stdout.setEncoding('utf8').toArray()).join('');
  const { code } = await child.exited;
  if (code !== 0) throw new BadUse(`git ${args[0]}: ${child.stderrTail().trim()}`);
  return said;
}
