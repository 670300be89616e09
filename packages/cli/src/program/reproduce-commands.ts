import type { Command } from 'commander';
import { REPORTS_ROOT } from '../paths.ts';
import { collect } from './collect.ts';

/** From a failure to its cause. */
export function addReproduceCommands(plugfest: Command): void {
  plugfest
    .command('bundle')
    .description('pack a run into one file: plan, evidence, report, the scenario’s sources, and their digests')
    .argument('<run>', 'the run’s directory, e.g. reports/latest')
    .option('-o, --output <file>', 'default: <run>.plugfest.tgz here')
    .option('--redact', 'leave out keys, decrypted packets and the tools’ logs', false)
    .option('--no-media', 'leave out what was said and shown')
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest bundle reports/latest
  $ ./plugfest bundle reports/latest --redact --no-media -o for-the-vendor.plugfest.tgz`,
    )
    .action(async (run: string, options) => {
      const { bundle } = await import('../commands/bundle.ts');
      process.exitCode = await bundle(run, options);
    });

  plugfest
    .command('unpack')
    .description('unpack a bundle, from whomever it is: every digest is checked, nothing is written elsewhere')
    .argument('<bundle>', 'what `plugfest bundle` wrote')
    .argument('[directory]', 'one that is not there yet; default: the bundle’s name')
    .addHelpText('after', '\nExample:\n  $ ./plugfest unpack from-a-customer.plugfest.tgz')
    .action(async (path: string, directory: string | undefined) => {
      const { unpack } = await import('../commands/bundle.ts');
      process.exitCode = await unpack(path, directory);
    });

  plugfest
    .command('repro')
    .description('run a run or a bundle again, with its seed and networks, and say which checks fail again')
    .argument('<run or bundle>')
    .option('--times <n>', 'so many times', '1')
    .option('--check <id>', 'judge by this check; may be repeated', collect, [])
    .option('--trust', 'run a scenario that came with the bundle and is not this project’s', false)
    .option('--json', 'print one JSON document', false)
    .option('--reports <directory>', 'where reports go', REPORTS_ROOT)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest repro reports/latest --times 5
  $ ./plugfest repro from-a-customer.plugfest.tgz

Exit codes: 0 what is judged failed each time, 1 it did not, 2 bad use. Judged are the checks of --check; else those
that failed by messages and packets alone; else all that failed.`,
    )
    .action(async (path: string, options) => {
      const { repro } = await import('../commands/repro.ts');
      process.exitCode = await repro(path, options);
    });

  plugfest
    .command('shrink')
    .description('search for the smallest scenario that fails the same check as a run, and write it as a scenario file')
    .argument('<run or bundle>')
    .option('--budget <duration>', 'search so long at most', '10m')
    .option('--check <id>', 'the check that must fail again; default: the one that says most of a cause')
    .option('-o, --output <file>', 'where the scenario goes; default: below scenarios/shrunk')
    .option('--trust', 'run a scenario that came with the bundle and is not this project’s', false)
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest shrink reports/latest
  $ ./plugfest shrink reports/latest --check rtp-timeline:room:sent:audio --budget 5m

Exit codes: 0 a scenario was written, 1 the check does not fail again, 2 bad use, 130 interrupted.`,
    )
    .action(async (path: string, options) => {
      const { shrink } = await import('../commands/shrink.ts');
      process.exitCode = await shrink(path, options);
    });

  plugfest
    .command('import')
    .description(
      'make a scenario of a capture from the field: it plays one side of a call, and compares what the other side says',
    )
    .argument('<capture>', 'pcap or pcapng, with SIP over UDP or TCP')
    .option('--side <caller|callee>', 'who is played', 'caller')
    .option('--call <Call-ID>', 'which of its calls; default: the most telling one')
    .option(
      '--user <name>',
      'for challenges; its password is taken from PLUGFEST_SIP_PASSWORD when the scenario is run',
    )
    .option('-o, --output <directory>', 'where the scenario goes; default: scenarios/imported')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest import from-a-customer.pcapng
  $ ./plugfest run scenarios/imported/from-a-customer
  $ ./plugfest run scenarios/imported/from-a-customer --bridge 'sip:room@host:5060;transport=udp'

Exit codes: 0 a scenario was written, 1 there is no call in it that can be played, 2 bad use.`,
    )
    .action(async (path: string, options) => {
      const { importCommand } = await import('../commands/import.ts');
      process.exitCode = importCommand(path, options);
    });

  plugfest
    .command('bisect')
    .description(
      'find the first version with which something fails, by running a command with each version that has to be tried',
    )
    .argument(
      '<command...>',
      'behind --; exit code 0: good, 1: bad, anything else: cannot be told. {version} stands for the version',
    )
    .option('--versions <list>', 'in order, separated by commas; or @file with one a line')
    .option('--git <good..bad>', 'commits of this project, each checked out for its tries')
    .option('--repeat <n>', 'tries a version at most', '1')
    .option('--needed <k>', 'so many of them must be bad for a version to be bad', '1')
    .option('--json', 'print one JSON document', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest bisect --versions 1.2,1.3,1.4,2.0 -- ./try-endpoint.sh {version}
  $ ./plugfest bisect --git v0.1..HEAD --repeat 5 --needed 3 -- ./plugfest run scenarios/hello

The command also finds the version in PLUGFEST_VERSION.
Exit codes: 0 the first bad version was found, 1 it was not, or not for certain, 2 bad use, 130 interrupted.`,
    )
    .action(async (command: string[], options) => {
      const { bisectCommand } = await import('../commands/bisect.ts');
      process.exitCode = await bisectCommand(command, options);
    });

  plugfest
    .command('diff')
    .description('say where two runs differ: messages, descriptions, measurements, checks')
    .argument('<a>', 'a run’s directory or a bundle')
    .argument('<b>', 'another')
    .option('--all', 'also what lies within the other’s interval', false)
    .option('--json', 'print an array of differences', false)
    .option('--html <file>', 'write a page with both side by side')
    .addHelpText(
      'after',
      `
Example:
  $ ./plugfest diff reports/20260101-120000-hello-abc reports/latest

Exit codes: 0 no difference that matters, 1 there are some, 2 bad use.`,
    )
    .action(async (a: string, b: string, options) => {
      const { diff } = await import('../commands/diff.ts');
      process.exitCode = await diff(a, b, options);
    });
}
