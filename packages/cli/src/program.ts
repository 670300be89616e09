import { Command } from 'commander';
import { addCertifyCommands } from './program/certify-commands.ts';
import { addMatrixCommands } from './program/matrix-commands.ts';
import { addMeasureCommands } from './program/measure-commands.ts';
import { addReproduceCommands } from './program/reproduce-commands.ts';
import { addRunCommands } from './program/run-commands.ts';
import { VERSION } from './version.ts';

/** The command line. Commands are loaded when they are called, so that `--help` is quick. */
export function program(): Command {
  const plugfest = new Command('plugfest')
    .description(
      'A plugfest in a box: runs video conferences of real endpoints, and measures what each participant saw and heard.',
    )
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(plugfest --help says more)')
    .configureHelp({ showGlobalOptions: true });

  addRunCommands(plugfest);
  addMeasureCommands(plugfest);
  addMatrixCommands(plugfest);
  addReproduceCommands(plugfest);
  addCertifyCommands(plugfest);
  return plugfest;
}
