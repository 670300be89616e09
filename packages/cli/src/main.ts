import { EXIT } from '@plugfest/model';
import { CommanderError } from 'commander';
import { program } from './program.ts';
import { lendPackages } from './project-packages.ts';
import { style } from './terminal.ts';

lendPackages();
try {
  process.exitCode = EXIT.pass;
  await program().parseAsync(process.argv);
  // What an interrupted run has not closed by now ends with us: the warden sees to it.
  if (process.exitCode === EXIT.interrupted) process.exit();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Commander has already said what was wrong with the command line; anything else is said here. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.pass : EXIT.badUse;
  const { message, code } = error as { message?: string; code?: string };
  process.stderr.write(`${style('red', 'plugfest:')} ${message ?? String(error)}\n`);
  if (process.env.PLUGFEST_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return code === 'scenario-not-found' || code === 'bad-use' || code === 'artefact' ? EXIT.badUse : EXIT.harnessError;
}
