import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CertificateAuthority } from '@plugfest/federation';
import { findTool, hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { headers, type SipRequest } from '@plugfest/sip';
import { type ListenPoint, UserAgent } from '@plugfest/sip-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KamailioProxy } from './kamailio-proxy.ts';

const kamailio = await findTool('kamailio');
if (!kamailio.found) console.warn(`Kamailio is not tested: ${kamailio.reason}; mend it with: ${kamailio.fix}`);

const HOST = '127.0.0.1';
const TRANSPORTS = ['udp', 'tcp', 'tls', 'ws'] as const;

describe.skipIf(!kamailio.found)('Kamailio before a bridge', () => {
  const resources = new AsyncDisposableStack();
  /** What the bridge was asked. */
  const asked: SipRequest[] = [];
  let authority: CertificateAuthority;
  let proxy: KamailioProxy;

  beforeAll(async () => {
    const workDir = mkdtempSync(join(tmpdir(), 'plugfest-kamailio-'));
    resources.defer(() => rmSync(workDir, { recursive: true, force: true }));
    authority = await CertificateAuthority.create();
    const { key, cert } = await authority.issue(['bridge.example']);
    const bridge = resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: seededRandom(1),
        listen: (['udp', 'tcp', 'tls'] as const).map(
          (transport): ListenPoint => ({
            transport,
            host: HOST,
            port: 0,
            ...(transport === 'tls' ? { tls: { key, cert } } : {}),
          }),
        ),
        aor: 'sip:bridge@bridge.example',
        userAgentHeader: 'test',
        tls: { key, cert, ca: authority.certificate },
      }),
    );
    bridge.onInvite = (session) => {
      asked.push(session.request);
      session.reject(486);
    };
    const addressOf = (transport: string): string => {
      const point = bridge.addresses.find((each) => each.transport === transport);
      return `${HOST}:${point?.port}`;
    };
    proxy = resources.use(
      await KamailioProxy.open({
        clock: hostClock,
        bridge: { udp: addressOf('udp'), tcp: addressOf('tcp'), tls: addressOf('tls') },
        identity: await authority.issue(['kamailio.example']),
        caPem: authority.certificate,
        workDir,
      }),
    );
  });
  afterAll(() => resources.disposeAsync());

  it.each(TRANSPORTS)('passes a call on that came over %s, with itself in its route', async (transport) => {
    const address = proxy.addresses[transport].replace('ws://', '');
    await using caller = await UserAgent.open({
      clock: hostClock,
      random: seededRandom(2),
      listen: transport === 'ws' ? [] : [{ transport: transport === 'tls' ? 'tcp' : transport, host: HOST, port: 0 }],
      aor: 'sip:caller@bridge.example',
      userAgentHeader: 'test',
      tls: { ca: authority.certificate },
      outboundProxy: `sip:${address};transport=${transport};lr`,
    });
    const { ok, response } = await caller.invite('sip:meeting@bridge.example', { body: new Uint8Array() }).answered;
    expect([ok, response.statusCode]).toEqual([false, 486]);
    const request = asked.at(-1) as SipRequest;
    expect(headers(request, 'Via')).toHaveLength(2);
    expect(headers(request, 'Record-Route').at(-1)).toContain(address);
  });

  it('ends with all its processes, and leaves its ports', async () => {
    await proxy[Symbol.asyncDispose]();
    for (const transport of TRANSPORTS.slice(1)) {
      const port = Number(proxy.addresses[transport].split(':').at(-1));
      expect(await canConnect(port)).toBe(false);
    }
  });
});

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST)
      .once('connect', () => {
        socket.destroy();
        resolve(true);
      })
      .once('error', () => resolve(false));
  });
}
