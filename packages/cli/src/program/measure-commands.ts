import type { Command } from 'commander';

/** Files: recordings, messages, the evidence of a run. */
export function addMeasureCommands(plugfest: Command): void {
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
      const { measure } = await import('../commands/measure.ts');
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
      const { lint } = await import('../commands/lint.ts');
      process.exitCode = lint(files, options);
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
        const commands = { ...(await import('../commands/from-disk.ts')), ...(await import('../commands/decrypt.ts')) };
        process.exitCode = await commands[command](path);
      });
  }
}
