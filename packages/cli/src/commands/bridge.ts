import { BridgeProcess } from '@plugfest/bridge';
import { CertificateAuthority } from '@plugfest/federation';
import { interruption } from '@plugfest/host';
import { EXIT, LAYOUT_ALIASES, LAYOUT_NAMES } from '@plugfest/model';
import { BadUse } from '../pipeline.ts';
import { style, table } from '../terminal.ts';

export interface BridgeCommandOptions {
  readonly host: string;
  readonly domain: string;
  readonly layout: string;
  readonly udp: string;
}

const LAYOUT_CHOICES = [...LAYOUT_NAMES, ...Object.keys(LAYOUT_ALIASES)].join(', ');

/** Runs the reference bridge until it is interrupted, and says where it can be called. */
export async function bridge({ host, domain, layout, udp }: BridgeCommandOptions): Promise<number> {
  const named = LAYOUT_ALIASES[layout] ?? LAYOUT_NAMES.find((name) => name === layout);
  if (named === undefined) throw new BadUse(`--layout: “${layout}” is none of ${LAYOUT_CHOICES}`);
  const port = Number(udp);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new BadUse(`--udp: “${udp}” is no port`);
  using interrupted = interruption();
  const authority = await CertificateAuthority.create();
  await using running = await BridgeProcess.start({
    host,
    domain,
    ports: { udp: port, tcp: port },
    tls: await authority.issue([domain, 'localhost'], [host]),
    conference: { layout: named },
  });
  const { addresses, controlUrl } = running;
  const bold = (text: string): string => style('bold', text, process.stdout);
  process.stdout.write(
    `${table([
      [bold('SIP over UDP'), `sip:meeting@${addresses.udp}`],
      [bold('SIP over TCP'), `sip:meeting@${addresses.tcp};transport=tcp`],
      [
        bold('SIP over TLS'),
        `sip:meeting@${addresses.tls};transport=tls (a certificate of its own, made for this run)`,
      ],
      [bold('SIP over WebSocket'), `${addresses.ws}, then call sip:meeting@${domain}`],
      [bold('WHIP, WHEP'), `${controlUrl}/whip/meeting, ${controlUrl}/whep/meeting`],
      [bold('Control'), `${controlUrl}/conferences, ${controlUrl}/events`],
    ])}\n\nAny user part is a room. Ctrl-C ends it.\n`,
  );
  const ended = await Promise.race([running.exited, aborted(interrupted.signal)]);
  if (ended === 'interrupted') return EXIT.pass;
  process.stderr.write(`plugfest: the bridge ended by itself (${ended.signal ?? `code ${ended.code}`})\n`);
  return EXIT.harnessError;
}

function aborted(signal: AbortSignal): Promise<'interrupted'> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve('interrupted'), { once: true }));
}
