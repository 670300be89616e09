import type { Command } from 'commander';
import { REPORTS_ROOT } from '../paths.ts';
import { collect } from './collect.ts';

/** Many scenarios: planned, run over machines and nights, compared. */
export function addMatrixCommands(plugfest: Command): void {
  plugfest
    .command('matrix')
    .description('plan rows that cover all combinations of t values: of a PICT model, or of a matrix of scenarios')
    .argument('<file>', 'a PICT model, or *.matrix.ts')
    .option('--plan', 'only plan: print the rows and run nothing', false)
    .option('--json', 'print one JSON document: { strength, rows, tuples, covered, excluded, elapsedMs }', false)
    .option('--t <strength>', 'cover all combinations of so many values: 1, 2, 3 or 4', '2')
    .option(
      '--budget <duration>',
      'with --plan: search so long for fewer rows; else: run the rows that tell most in that time, e.g. 10m',
    )
    .option('--resume', 'go on with the latest run of this matrix that has rows left', false)
    .option('--row <number>', 'only this row of the plan', collect, [])
    .option('--workers <n>', 'run rows side by side, by so many worker processes of this machine (lab work --help)')
    .option('--repeat <times>', 'run each row so often: k of n with an interval, and flaky where they differ', '1')
    .option('--changed [base]', 'only rows whose sources differ from the base (default: origin/main)')
    .option(
      '--gate <policy>',
      'failures: what ran must have passed; all: and every row must have run; new-failures: nothing got worse, and the known failures are true',
      'failures',
    )
    .option('--known <file>', 'the reviewed file of known failures (default: <matrix>.known.json beside the matrix)')
    .option('--history <directory>', 'where runs are kept to be compared with (default: history/ in the reports)')
    .option(
      '--sabotage <participant or value:kind>',
      'break an endpoint on purpose, wherever it takes part, e.g. sip-room:freeze',
      collect,
      [],
    )
    .option('--reports <directory>', 'where reports go', REPORTS_ROOT)
    .option('--seed <number>', 'for the choices that do not matter to the coverage', '0')
    .option(
      '--seeding <file>',
      'rows to begin with: tab-separated below a line of names (PICT /e), an earlier plan (JSON), or latest: of the run before',
    )
    .option('--shard <i/n>', 'only the i-th of n parts of the rows')
    .option('--check', 'prove the plan with the independent checker', false)
    .option('--list-excluded', 'list the combinations that the constraints make impossible', false)
    .option('--value-separator <text>', 'between values in a PICT model (PICT /d)', ',')
    .option('--alias-separator <text>', 'between names of a value (PICT /a)', '|')
    .option('--negative-prefix <text>', 'before a negative value (PICT /n)', '~')
    .option('--case-sensitive', 'names and values differ by case (PICT /c)', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest matrix volumes.pict --plan                     a table of rows; every pair of values is in one of them
  $ ./plugfest matrix volumes.pict --plan --t 3 --json        all triples
  $ ./plugfest matrix volumes.pict --plan --budget 60s        search a minute for fewer rows
  $ ./plugfest matrix volumes.pict --plan --json > old.json
  $ ./plugfest matrix volumes.pict --plan --seeding old.json  a value was added: the old rows stay, and come first
  $ ./plugfest matrix volumes.pict --plan --check --list-excluded
  $ ./plugfest matrix volumes.pict --plan --shard 2/4
  $ ./plugfest matrix scenarios/nightly.matrix.ts --plan      what the nightly matrix would run
  $ ./plugfest matrix scenarios/nightly.matrix.ts --budget 10m
  $ ./plugfest matrix scenarios/nightly.matrix.ts --workers 4
  $ ./plugfest matrix scenarios/nightly.matrix.ts --resume    the rows that had no turn
  $ ./plugfest matrix scenarios/nightly.matrix.ts --row 12    one row again
  $ ./plugfest matrix scenarios/nightly.matrix.ts --repeat 3 --gate new-failures
  $ ./plugfest matrix scenarios/nightly.matrix.ts --changed   what my branch may have broken

Exit codes: 0 planned, or the gate is open; 1 the gate is shut, or the checker disagrees; 2 bad use, or the model
cannot be read; 3 the harness failed; 4 nothing ran; 130 interrupted.`,
    )
    .action(async (file: string, options) => {
      const { matrix } = await import('../commands/matrix.ts');
      process.exitCode = await matrix(file, options);
    });

  plugfest
    .command('morning')
    .description('say what changed in a matrix since the runs before, since when, and what differed then')
    .argument('<matrix>', 'its file or name, e.g. nightly')
    .option('--run <id>', 'which run (default: the latest)')
    .option('--baseline <id>', 'held against this run (default: each cell’s latest before)')
    .option('--gate <policy>', 'failures, all or new-failures', 'new-failures')
    .option('--known <file>', 'the reviewed file of known failures (default: <matrix>.known.json beside the matrix)')
    .option('--history <directory>', 'where runs are kept (default: history/ in the reports)')
    .option('--reports <directory>', 'where reports are', REPORTS_ROOT)
    .option('-o, --output <directory>', 'where the report goes (default: the run’s directory)')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest morning nightly
  $ ./plugfest morning nightly --baseline matrix-nightly-20260101-020000

Exit codes: 0 the gate is open, 1 it is shut, 2 bad use, 3 the harness failed in a cell, 4 nothing was judged.`,
    )
    .action(async (matrix: string, options) => {
      const { morning } = await import('../commands/morning.ts');
      process.exitCode = await morning(matrix, options);
    });

  plugfest
    .command('merge')
    .description('put the shards of a matrix run together: one report of all')
    .argument('<directories...>', 'of the shards, or of the reports that they are in')
    .option('-o, --output <directory>', 'the reports that the whole goes to', REPORTS_ROOT)
    .option('--gate <policy>', 'failures, all or new-failures', 'failures')
    .option('--known <file>', 'the reviewed file of known failures (default: <matrix>.known.json beside the matrix)')
    .option('--history <directory>', 'where runs are kept (default: history/ in the output)')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest merge shards/ -o shards
  $ ./plugfest merge shard-1/reports shard-2/reports -o merged --gate new-failures --history history

Exit codes: as of matrix; 1 also where a shard is missing, is there twice, or is of another plan: each is named.`,
    )
    .action(async (directories: string[], options) => {
      const { merge } = await import('../commands/merge.ts');
      process.exitCode = await merge(directories, options);
    });

  const lab = plugfest
    .command('lab')
    .description('workers, queue and results of matrices that run on many machines, or side by side on this one');
  const labReports = ['--reports <directory>', 'where reports go; the embedded store is in lab/ below it'] as const;
  lab
    .command('work')
    .description('lease cells of the store and run them, each in a fresh process, until told to stop')
    .option('--name <name>', 'what the worker is called (default: host and process)')
    .option('--tags <tag>', 'what it has beyond tools and cores, for cells that ask for it', collect, [])
    .option(...labReports, REPORTS_ROOT)
    .addHelpText(
      'after',
      `
The store is a Postgres where PLUGFEST_DATABASE_URL names one; else an embedded one, which a matrix with --workers or lab serve has open.

Examples:
  $ ./plugfest matrix scenarios/nightly.matrix.ts --workers 2               two of its own
  $ PLUGFEST_DATABASE_URL=postgres://… ./plugfest lab work --tags rack-2    on any other machine, with the reports directory mounted`,
    )
    .action(async (options) => {
      const { labWork } = await import('../commands/lab.ts');
      process.exitCode = await labWork(options);
    });
  lab
    .command('cell', { hidden: true })
    .option(...labReports, REPORTS_ROOT)
    .action(async (options) => {
      const { labCell } = await import('../commands/lab-cell.ts');
      process.exitCode = await labCell(options);
    });
  lab
    .command('status')
    .description('say what waits, runs and ended, and who works')
    .option('--json', 'print one JSON document', false)
    .option(...labReports, REPORTS_ROOT)
    .addHelpText('after', '\nExample:\n  $ ./plugfest lab status')
    .action(async (options) => {
      const { labStatus } = await import('../commands/lab.ts');
      process.exitCode = await labStatus(options);
    });
  lab
    .command('serve')
    .description('show the lab live in a browser, read-only')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <port>', 'port to listen on (0: any free one)', '8017')
    .option(...labReports, REPORTS_ROOT)
    .addHelpText('after', '\nExample:\n  $ ./plugfest lab serve --port 8080')
    .action(async (options) => {
      const { labServe } = await import('../commands/lab.ts');
      process.exitCode = await labServe(options);
    });
}
