import { Command } from 'commander';
import { REPORTS_ROOT } from './paths.ts';
import { VERSION } from './version.ts';

const collect = (value: string, previous: string[]): string[] => [...previous, value];

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

  plugfest
    .command('run')
    .description('run scenarios; without a path, the two flagship conferences')
    .argument('[paths...]', 'scenario files or directories')
    .option('--json', 'print one JSON document instead of a table', false)
    .option('--seed <number>', 'repeat the random choices of an earlier run')
    .option(
      '--sabotage <participant:kind>',
      'break one thing on purpose, e.g. skype:freeze, room:loss=10%',
      collect,
      [],
    )
    .option(
      '--network <participant:name>',
      'put one behind a network, e.g. room:satellite (list --networks)',
      collect,
      [],
    )
    .option('--bridge <address>', 'call this conference instead of our own, e.g. sip:room@127.0.0.1:5060;transport=tcp')
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
  $ ./plugfest run --json > runs.json

Exit codes: 0 all passed, 1 some failed or did not run, 2 bad use, 3 the harness failed, 4 nothing ran, 130 interrupted.`,
    )
    .action(async (paths: string[], options) => {
      const { run } = await import('./commands/run.ts');
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
      const { selftest } = await import('./commands/selftest.ts');
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
      const { bridge } = await import('./commands/bridge.ts');
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
      const { list } = await import('./commands/list.ts');
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
      const { doctor } = await import('./commands/doctor.ts');
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
      const { runTests } = await import('./commands/test.ts');
      process.exitCode = await runTests(filters);
    });

  plugfest
    .command('measure')
    .description('measure any recording, against what was sent or alone; or a run again from its captures')
    .argument('[run]', 'a run’s directory, e.g. reports/latest: measure it again')
    .option('--reference <file>', 'what was sent: any file that FFmpeg reads')
    .option('--capture <file>', 'what arrived')
    .option('--json', 'print one JSON document: { video, audio, findings }', false)
    .option('--csv', 'print one row a value', false)
    .option('--html <file or directory>', 'write a page with plots, the worst pictures and spectrograms')
    .option('--series <file>', 'write what each picture has: .json, or CSV')
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest measure --reference sent.y4m --capture received.mkv
  $ ./plugfest measure --reference sent.wav --capture received.wav --json
  $ ./plugfest measure --capture received.mkv               what it says of itself: SI/TI, freezes, frame rate, loudness, …
  $ ./plugfest measure --reference sent.mp4 --capture received.mp4 --html report.html --series pictures.csv
  $ ./plugfest measure reports/latest                       a run again, from its captures

Exit codes: 0 measured, 1 measured, but a finding says that the files are damaged or incomplete, 2 a file cannot be used or the command line is wrong.`,
    )
    .action(async (run: string | undefined, options) => {
      const { measure } = await import('./commands/measure.ts');
      process.exitCode = await measure(run, options);
    });

  plugfest
    .command('lint')
    .description('say what is wrong with SIP messages and session descriptions, rule by rule')
    .argument('[files...]', 'SIP, SDP, pcap or pcapng; - is standard input')
    .option('--json', 'print an array: file, index, kind, parse, uasStatus, findings', false)
    .addHelpText(
      'after',
      `
A file holds one message as a datagram would, one description, or packets: then every SIP message in them is looked at.
“must”: a receiver refuses, drops or cannot use it; “should”: the tolerant live with it.

Examples:
  $ ./plugfest lint invite.sip
  $ ./plugfest lint offer.sdp answer.sdp
  $ ./plugfest lint call.pcapng --json | jq '.[] | select(.uasStatus)'
  $ ./plugfest lint reports/latest/captures/run.pcapng       every message of a run
  $ printf 'OPTIONS sip:a@b SIP/2.0\\r\\n\\r\\n' | ./plugfest lint -

Exit codes: 0 nothing of “must”, 1 a “must” is broken, 2 a file cannot be read or the command line is wrong.`,
    )
    .action(async (files: string[], options) => {
      const { lint } = await import('./commands/lint.ts');
      process.exitCode = lint(files, options);
    });

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
      const { matrix } = await import('./commands/matrix.ts');
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
      const { morning } = await import('./commands/morning.ts');
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
      const { merge } = await import('./commands/merge.ts');
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
      const { labWork } = await import('./commands/lab.ts');
      process.exitCode = await labWork(options);
    });
  lab
    .command('cell', { hidden: true })
    .option(...labReports, REPORTS_ROOT)
    .action(async (options) => {
      const { labCell } = await import('./commands/lab-cell.ts');
      process.exitCode = await labCell(options);
    });
  lab
    .command('status')
    .description('say what waits, runs and ended, and who works')
    .option('--json', 'print one JSON document', false)
    .option(...labReports, REPORTS_ROOT)
    .addHelpText('after', '\nExample:\n  $ ./plugfest lab status')
    .action(async (options) => {
      const { labStatus } = await import('./commands/lab.ts');
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
      const { labServe } = await import('./commands/lab.ts');
      process.exitCode = await labServe(options);
    });

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
      const { bundle } = await import('./commands/bundle.ts');
      process.exitCode = await bundle(run, options);
    });

  plugfest
    .command('unpack')
    .description('unpack a bundle, from whomever it is: every digest is checked, nothing is written elsewhere')
    .argument('<bundle>', 'what `plugfest bundle` wrote')
    .argument('[directory]', 'one that is not there yet; default: the bundle’s name')
    .addHelpText('after', '\nExample:\n  $ ./plugfest unpack from-a-customer.plugfest.tgz')
    .action(async (path: string, directory: string | undefined) => {
      const { unpack } = await import('./commands/bundle.ts');
      process.exitCode = await unpack(path, directory);
    });

  plugfest
    .command('repro')
    .description('run a run or a bundle again, with its seed and networks, and say which checks fail again')
    .argument('<run or bundle>')
    .option('--times <n>', 'so many times', '1')
    .option(
      '--check <id>',
      'judge by this check; may be repeated',
      (id: string, ids: string[]) => [...ids, id],
      [] as string[],
    )
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
      const { repro } = await import('./commands/repro.ts');
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
      const { shrink } = await import('./commands/shrink.ts');
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
      const { importCommand } = await import('./commands/import.ts');
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
      const { bisectCommand } = await import('./commands/bisect.ts');
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
      const { diff } = await import('./commands/diff.ts');
      process.exitCode = await diff(a, b, options);
    });

  plugfest
    .command('new')
    .description('write the files that something of yours begins with')
    .argument('<what>', 'endpoint')
    .argument('<name>', 'as it stands on a certificate')
    .option('--form <form>', 'how it is reached: command, page, device or container', 'command')
    .option('-o, --output <directory>', 'default: endpoints/<name>')
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest new endpoint "ACME Room 3"
  $ ./plugfest run endpoints/acme-room-3/try.scenario.ts
  $ ./plugfest new endpoint "ACME Meet" --form page -o ~/acme/plugfest`,
    )
    .action(async (what: string, name: string, options) => {
      const { newFiles } = await import('./commands/new.ts');
      process.exitCode = newFiles(what, name, options);
    });

  plugfest
    .command('certify')
    .description('run a suite of requirements on an endpoint, and sign what came of each')
    .option('--endpoint <file>', 'who is certified: a file with endpoint({ … }) as its default export')
    .option('--suite <name>', 'sip-room, sip-audio-phone, webrtc-client, federated-client or bridge', 'sip-room')
    .option('--repeat <n>', 'runs of each trial in which chance has a part', '3')
    .option('-o, --output <directory>', 'where certificate, page and evidence go')
    .option('--key <file>', 'Ed25519 private key in PEM; a new one is made where none is named')
    .option('--list', 'list the suite’s requirements and run nothing', false)
    .option('--sabotage <kind>', 'break the endpoint on purpose, to see what that fails', collect, [])
    .addHelpText(
      'after',
      `
Examples:
  $ ./plugfest certify --endpoint endpoints/wrtc.endpoint.ts --suite webrtc-client
  $ ./plugfest certify --endpoint endpoints/baresip.endpoint.ts --key ~/plugfest.pem -o certificates/baresip
  $ ./plugfest certify --suite sip-room --list

Exit codes: 0 passed, 1 failed, 2 bad use, 130 interrupted.`,
    )
    .action(async (options) => {
      const { certify } = await import('./commands/certify.ts');
      process.exitCode = await certify(options);
    });

  plugfest
    .command('verify')
    .description('verify a certificate and its evidence, offline')
    .argument('<certificate>', 'certificate.json, or the directory that it is in')
    .option('--signer <fingerprint>', 'the key that must have signed it')
    .addHelpText(
      'after',
      `
Example:
  $ ./plugfest verify certificates/baresip

Exit codes: 0 it verifies, 1 it does not.`,
    )
    .action(async (path: string, options) => {
      const { verify } = await import('./commands/verify.ts');
      process.exitCode = await verify(path, options);
    });

  const again = [
    ['judge', 'give the verdict again from the measurements', 'judgeAgain'],
    ['report', 'write the report again from the artefacts', 'reportAgain'],
    ['decrypt', 'write captures/run.decrypted.pcapng: the packets of a run with SRTP opened', 'decrypt'],
  ] as const;
  for (const [name, description, command] of again) {
    plugfest
      .command(name)
      .description(description)
      .argument('<run>', 'the run’s directory, e.g. reports/latest')
      .addHelpText('after', `\nExample:\n  $ ./plugfest ${name} reports/latest`)
      .action(async (path: string) => {
        const commands = { ...(await import('./commands/from-disk.ts')), ...(await import('./commands/decrypt.ts')) };
        process.exitCode = await commands[command](path);
      });
  }
  return plugfest;
}
