import type { Command } from 'commander';
import { REPORTS_ROOT } from '../paths.ts';
import { collect } from './collect.ts';

/** Conferences, and what they need. */
export function addRunCommands(plugfest: Command): void {
  plugfest
    .command('run')
    .description('run scenarios; without a path, the two flagship conferences')
    .argument('[paths...]', 'scenario files or directories')
    .option('--json', 'print one JSON document instead of a table', false)
    .option('--seed <number>', 'repeat the random choices of an earlier run')
    .option(
      '--sabotage <participant:kind>',
      'break one thing on purpose, e.g. skype:freeze, room:loss=10%, room:delay=300ms@5s-8s',
      collect,
      [],
    )
    .option(
      '--network <participant:name>',
      'put one behind a network, e.g. room:satellite (list --networks)',
      collect,
      [],
    )
    .option(
      '--bridge <address>',
      'call this conference instead of our own, e.g. sip:room@127.0.0.1:5060;transport=tcp; or janus: one is started',
    )
    .option('--watch', 'run again whenever a source of the scenarios is saved', false)
    .option(
      '--pause-on-fail',
      'keep the calls up where something failed, and say how to look; Enter or Ctrl-C goes on',
      false,
    )
    .option('--step', 'stop before each step of the story; Enter goes on', false)
    .option('--headed', 'show the browsers', false)
    .option('--satisfied', 'leave whole the rule that a negative twin breaks: the twin must then fail', false)
    .option('--reports <directory>', 'where reports go', REPORTS_ROOT)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest run                                        the flagship: Skype, Lync, Lync mobile and a Cisco room; then browsers
  $ ./plugfest run scenarios/hello                        the quickest real conference
  $ ./plugfest run scenarios/federation                   the calls that must be refused, each by its rule
  $ ./plugfest run scenarios/hello --sabotage room:mute   see the check that catches it
  $ ./plugfest run scenarios/hello --network room:hotel    the same behind a bad network
  $ ./plugfest run scenarios/peers/any-conference --bridge sip:room@127.0.0.1:5060   somebody else’s bridge
  $ ./plugfest run scenarios/peers/janus                    a Janus, started for the run
  $ ./plugfest run --json > runs.json

Exit codes: 0 all passed, 1 some failed or did not run, 2 bad use, 3 the harness failed, 4 nothing ran, 130 interrupted.`,
    )
    .action(async (paths: string[], options) => {
      const { run } = await import('../commands/run.ts');
      process.exitCode = await run(paths, options);
    });

  plugfest
    .command('selftest')
    .description('break one thing at a time and show which check catches it')
    .argument('[kinds...]', 'only these, e.g. freeze mute')
    .option('--json', 'print one JSON document instead of a table', false)
    .option('--reports <directory>', 'where reports go', REPORTS_ROOT)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest selftest                 every sabotage, one after another
  $ ./plugfest selftest freeze mute     only these`,
    )
    .action(async (only: string[], options) => {
      const { selftest } = await import('../commands/selftest.ts');
      process.exitCode = await selftest({ ...options, only });
    });

  plugfest
    .command('bridge')
    .description('run the reference bridge alone, for a softphone or a browser to call')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--domain <name>', 'domain of the conference addresses', 'bridge.example')
    .option('--layout <name>', '1:0, 1+5, 1+7, 2+21, 2x2, 3x3, 4x4 or 5x5', '2x2')
    .option('--udp <port>', 'UDP and TCP port (0: any free one)', '0')
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest bridge                                     on loopback, on ports that are free
  $ ./plugfest bridge --host 192.0.2.7 --udp 5060         for the softphones of a network
  $ ./plugfest bridge --layout 1+5`,
    )
    .action(async (options) => {
      const { bridge } = await import('../commands/bridge.ts');
      process.exitCode = await bridge(options);
    });

  plugfest
    .command('list')
    .description('list the scenarios, or the networks that participants can be put behind')
    .option('--networks', 'the named networks, with where their numbers are from', false)
    .option('--json', 'as JSON', false)
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest list --json
  $ ./plugfest list --networks`,
    )
    .action(async (options) => {
      const { list } = await import('../commands/list.ts');
      await list(options);
    });

  plugfest
    .command('doctor')
    .description('say what is there, what is missing, and the command that mends it')
    .option('--json', 'as JSON', false)
    .addHelpText(
      'after',
      `
Example:
  $ ./plugfest doctor`,
    )
    .action(async (options) => {
      const { doctor } = await import('../commands/doctor.ts');
      process.exitCode = await doctor(options);
    });

  plugfest
    .command('test')
    .description('lint, type-check, and run all fast tests')
    .argument('[filters...]', 'only test files whose path contains one of these')
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest test                     all of it
  $ ./plugfest test packages/sip        the tests of one package; lint and types of all`,
    )
    .action(async (filters: string[]) => {
      const { runTests } = await import('../commands/test.ts');
      process.exitCode = await runTests(filters);
    });
}
