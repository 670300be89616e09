import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import type { SipTransport, TlsIdentity } from './flow.ts';
import { UserAgent } from './user-agent.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** For tests: a certificate authority and certificates of the names asked for, made with openssl. */
export function makeCertificates(...names: string[]): {
  readonly ca: Buffer;
  readonly identities: readonly Required<Pick<TlsIdentity, 'key' | 'cert' | 'ca'>>[];
} {
  const directory = mkdtempSync(join(tmpdir(), 'plugfest-sip-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: directory, stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  try {
    openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test authority');
    const ca = readFileSync(join(directory, 'ca.pem'));
    const identities = names.map((name, i) => {
      const extension = `subjectAltName=DNS:${name},URI:sip:${name},IP:127.0.0.1`;
      openssl(
        'req',
        '-x509',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        ...newKey,
        '-keyout',
        `${i}.key`,
        '-out',
        `${i}.pem`,
        '-subj',
        `/CN=${name}`,
        '-addext',
        extension,
        '-addext',
        'basicConstraints=CA:FALSE',
      );
      return { key: readFileSync(join(directory, `${i}.key`)), cert: readFileSync(join(directory, `${i}.pem`)), ca };
    });
    return { ca, identities };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

let seed = 1;

/** For tests: a user agent on the loopback, by default a client with a UDP socket. */
export function openUserAgent(options: Partial<UserAgentOptions> = {}): Promise<UserAgent> {
  return UserAgent.open({
    clock: hostClock,
    random: seededRandom(seed++),
    aor: 'sip:alice@a.example',
    userAgentHeader: 'plugfest-test',
    listen: [{ transport: 'udp', host: '127.0.0.1' }],
    ...options,
  });
}

/** For tests: `sip:user@address` of a user agent's or proxy's listener. */
export function uriOf(
  server: { readonly addresses: readonly { transport: SipTransport; host: string; port: number }[] },
  transport: SipTransport,
  user = 'room',
): string {
  const address = server.addresses.find((candidate) => candidate.transport === transport);
  if (address === undefined) throw new Error(`nobody listens on ${transport}`);
  return `sip:${user}@${address.host}:${address.port};transport=${transport}`;
}

/** For tests: a body. */
export function sdp(text: string): { readonly contentType: string; readonly body: Uint8Array } {
  return { contentType: 'application/sdp', body: Buffer.from(text) };
}
