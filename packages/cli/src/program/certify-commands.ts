import type { Command } from 'commander';
import { collect } from './collect.ts';

/** A vendor’s endpoint and its certificate. */
export function addCertifyCommands(plugfest: Command): void {
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
      const { newFiles } = await import('../commands/new.ts');
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
      const { certify } = await import('../commands/certify.ts');
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
      const { verify } = await import('../commands/verify.ts');
      process.exitCode = await verify(path, options);
    });
}
