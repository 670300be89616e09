import { connect } from 'node:tls';
import { header, headers, type SipHeader } from '@plugfest/sip';
import type { IncomingSession, InviteOutcome, OutgoingSession, UserAgent } from '@plugfest/sip-node';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority, type Identity } from './certificate-authority.ts';
import { ANNA, CONFERENCE, Deployment, OFFER, SKYPE_7, SOFIA } from './deployment-fixture.ts';
import { ruleNamedIn } from './edge-proxy.ts';
import type { FederationPolicy, FederationRule } from './policy.ts';
import { TRUST_HEADER } from './trust-header.ts';

const FORGED: SipHeader = {
  name: 'MS-Edge-Proxy-Message-Trust',
  value: 'ms-source-type=InternalServer;ms-ep-fqdn=evil.example;ms-source-verified-user=verified',
};
const SDP = { contentType: 'application/sdp', body: OFFER };

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

async function deploy(policy: Partial<FederationPolicy> = {}): Promise<Deployment> {
  return resources.use(await Deployment.open(policy));
}

/** Calls the conference; the session and its outcome. */
async function call(
  client: UserAgent,
  callHeaders: readonly SipHeader[] = [],
): Promise<{ session: OutgoingSession; outcome: InviteOutcome }> {
  const session = client.invite(CONFERENCE, { body: OFFER, headers: callHeaders });
  return { session, outcome: await session.answered };
}

/** The bridge's side of the only call. */
function atBridge({ calls }: Deployment): IncomingSession {
  const [only] = calls;
  if (only === undefined || calls.length > 1) throw new Error(`${calls.length} calls reached the bridge`);
  return only;
}

describe('a call from Skype', () => {
  it('comes through two edges, each known by its certificate, with the word of the one that let it in', async () => {
    const deployment = await deploy();
    const { outcome } = await call(await deployment.client(SOFIA));
    expect(outcome.ok).toBe(true);
    const { request, flow } = atBridge(deployment);
    expect(flow?.peerIdentity).toContain('sip.corp.example');
    expect(header(request, TRUST_HEADER)).toBe(
      'ms-source-type=AuthorizedServer;ms-ep-fqdn=sip.corp.example;ms-source-verified-user=verified;ms-source-network=publiccloud',
    );
    // The client, its front end, its provider's edge, the enterprise's edge.
    expect(headers(request, 'Via')).toHaveLength(4);
    expect(deployment.decisions).toMatchObject([
      { at: 'sip.corp.example', call: { caller: SOFIA, callee: ANNA, fromPublicProvider: true } },
    ]);
  });

  it('goes past the enterprise where the bridge’s domain is a federated partner itself', async () => {
    const deployment = await deploy({ skypePath: 'direct-federation' });
    const { outcome } = await call(await deployment.client(SOFIA));
    expect(outcome.ok).toBe(true);
    const { request, flow } = atBridge(deployment);
    expect(flow?.peerIdentity).toContain('sip.conference.example');
    expect(header(request, TRUST_HEADER)).toContain('ms-ep-fqdn=sip.conference.example;');
    expect(deployment.hops.flatMap(({ from, to }) => [from, to])).not.toContain('sip.corp.example');
  });

  it.each([SOFIA, ANNA])('of %s cannot bring a word of trust of its own, in or outside a dialog', async (caller) => {
    const deployment = await deploy();
    const { session, outcome } = await call(await deployment.client(caller), [FORGED]);
    expect(outcome.ok).toBe(true);
    const bridged = atBridge(deployment);
    const changes: string[] = [];
    bridged.onReinvite = (_, request) => {
      changes.push(...headers(request, TRUST_HEADER));
      return SDP;
    };
    expect((await session.reinvite(SDP, { headers: [FORGED] })).statusCode).toBe(200);
    const told = [...headers(bridged.request, TRUST_HEADER), ...changes].join();
    expect(told).not.toContain('evil');
    expect(told.includes('publiccloud')).toBe(caller === SOFIA);
  });
});

describe('a conference with two homes', () => {
  it.each([
    [SOFIA, SKYPE_7, 1],
    [ANNA, 'UCCAPI/15.0.4420.1017 OC/15.0.4420.1017', 0],
  ])('brings %s from the AVMCU, under an address of the conference', async (caller, userAgent, decisions) => {
    const deployment = await deploy({ skypePath: 'dual-homed' });
    const { session, outcome } = await call(await deployment.client(caller, userAgent), [FORGED]);
    expect(outcome.ok).toBe(true);
    const bridged = atBridge(deployment);
    expect(bridged.flow?.peerIdentity).toContain('avmcu.corp.example');
    expect(bridged.remoteUri).toBe(`sip:${caller}`);
    expect(header(bridged.request, 'Contact')).toContain(';opaque=app:conf:audio-video:id:');
    expect(headers(bridged.request, TRUST_HEADER).join()).not.toContain('evil');
    expect(deployment.decisions).toHaveLength(decisions);
    bridged.onReinvite = () => SDP;
    expect((await session.reinvite(SDP)).statusCode).toBe(200);
    await session.bye();
    expect((await bridged.terminated).reason).toBe('remote-bye');
  });

  it('hangs up on who the bridge hangs up on, and passes its refusals on', async () => {
    const deployment = await deploy({ skypePath: 'dual-homed' });
    const client = await deployment.client(SOFIA);
    const { session } = await call(client);
    await atBridge(deployment).bye();
    expect((await session.terminated).reason).toBe('remote-bye');
    deployment.bridge.onInvite = (refused) => refused.reject(486, 'Busy Here');
    expect((await call(client)).outcome).toMatchObject({ ok: false, response: { statusCode: 486 } });
  });

  it('is refused to whom a rule stands in the way of', async () => {
    const deployment = await deploy({ skypePath: 'dual-homed', providerEnabled: false });
    const { outcome } = await call(await deployment.client(SOFIA));
    expect(ruleNamedIn(outcome.response)).toBe('provider-enabled');
    expect(deployment.calls).toEqual([]);
  });
});

describe('a call from inside the enterprise', () => {
  it('reaches the bridge straight from the front end, whatever the rules for others', async () => {
    const deployment = await deploy({ domainProvisioned: false, publicAccessUsers: [], contacts: {} });
    const { outcome } = await call(await deployment.client(ANNA, 'UCCAPI/15.0.4420.1017 OC/15.0.4420.1017'));
    expect(outcome.ok).toBe(true);
    expect(atBridge(deployment).flow?.peerIdentity).toContain('pool.corp.example');
    expect(deployment.decisions).toEqual([]);
  });
});

describe('a refusal', () => {
  const SKYPE_6 = SKYPE_7.replace('7.0.0.102', '6.21.0.104');
  const refusals: [FederationRule, Partial<FederationPolicy>, number, string][] = [
    ['domain-provisioned', { domainProvisioned: false }, 504, SKYPE_7],
    ['provider-enabled', { providerEnabled: false }, 403, SKYPE_7],
    ['user-enabled-for-public-access', { publicAccessUsers: [] }, 403, SKYPE_7],
    ['client-version', {}, 488, SKYPE_6],
    ['contact-missing-at-callee', { contacts: { [SOFIA]: [ANNA] } }, 480, SKYPE_7],
    ['contact-missing-at-caller', { contacts: { [ANNA]: [SOFIA] } }, 480, SKYPE_7],
    ['contact-missing-at-both', { contacts: {}, privacyStatusCode: 603 }, 603, SKYPE_7],
  ];
  it.each(refusals)('names %s to the client', async (rule, policy, statusCode, userAgent) => {
    const deployment = await deploy(policy);
    const { outcome } = await call(await deployment.client(SOFIA, userAgent));
    expect(outcome).toMatchObject({ ok: false, response: { statusCode } });
    expect(ruleNamedIn(outcome.response)).toBe(rule);
    expect(header(outcome.response, 'ms-diagnostics')).toMatch(
      /^\d+;source="sip\.corp\.example";reason="[^"]+";rule="/,
    );
    expect(deployment.calls).toEqual([]);
    expect(deployment.bridgeTap).toEqual([]);
  });

  it('of the direct path comes from the edge of the bridge’s domain', async () => {
    const deployment = await deploy({ skypePath: 'direct-federation', providerEnabled: false });
    const { outcome } = await call(await deployment.client(SOFIA));
    expect(ruleNamedIn(outcome.response)).toBe('provider-enabled');
    expect(header(outcome.response, 'ms-diagnostics')).toContain('source="sip.conference.example"');
  });

  it('that names no rule is nobody’s', async () => {
    const deployment = await deploy();
    deployment.bridge.onInvite = (incoming) => incoming.reject(486);
    const { outcome } = await call(await deployment.client(SOFIA));
    expect(outcome.response.statusCode).toBe(486);
    expect(ruleNamedIn(outcome.response)).toBeNull();
  });
});

describe('within a call through four proxies', () => {
  it('either side changes the session and hangs up', async () => {
    const deployment = await deploy();
    const sofia = await deployment.client(SOFIA);
    for (const hangsUp of ['client', 'bridge']) {
      deployment.calls.length = 0;
      const { session } = await call(sofia);
      const bridged = atBridge(deployment);
      await bridged.acked;
      for (const [asks, answers] of [
        [session, bridged],
        [bridged, session],
      ] as const) {
        answers.onReinvite = () => SDP;
        expect((await asks.reinvite(SDP)).statusCode).toBe(200);
      }
      const [leaves, stays] = hangsUp === 'client' ? [session, bridged] : [bridged, session];
      await leaves.bye();
      expect(await stays.terminated).toMatchObject({ reason: 'remote-bye' });
      expect(await leaves.terminated).toMatchObject({ reason: 'local-bye' });
    }
  });

  it('a cancelled call is cancelled at the bridge', async () => {
    const deployment = await deploy();
    const rang = Promise.withResolvers<IncomingSession>();
    deployment.bridge.onInvite = (incoming) => {
      incoming.ring();
      rang.resolve(incoming);
    };
    const session = (await deployment.client(SOFIA)).invite(CONFERENCE, { body: OFFER });
    session.onProgress = () => session.cancel();
    expect((await session.answered).response.statusCode).toBe(487);
    expect(await (await rang.promise).terminated).toMatchObject({ reason: 'cancelled' });
  });
});

describe('the names of hops', () => {
  const PATH = [SOFIA, 'pool.skype.example', 'sip.skype.example', 'sip.corp.example', 'bridge'];

  it('tell each hop of each message once, in the order of the path', async () => {
    const deployment = await deploy();
    const sofia = await deployment.client(SOFIA);
    await sofia.register({ registrar: 'sip:skype.example', expiresS: 600 });
    const { session } = await call(sofia);
    await atBridge(deployment).acked;
    await session.bye();
    const hopsOf = (start: RegExp): string[] =>
      deployment.hops.filter(({ message }) => start.test(message)).map(({ from, to }) => `${from} → ${to}`);
    const there = PATH.slice(1).map((name, i) => `${PATH[i]} → ${name}`);
    const back = PATH.slice(1)
      .map((name, i) => `${name} → ${PATH[i]}`)
      .reverse();
    expect(hopsOf(/^REGISTER /)).toEqual(there.slice(0, 1));
    for (const request of [/^INVITE /, /^ACK /, /^BYE /]) expect(hopsOf(request)).toEqual(there);
    for (const method of ['INVITE', 'BYE']) {
      const answers = new RegExp(`^SIP/2\\.0 200 [^]*\\r\\nCSeq: \\d+ ${method}\\r\\n`);
      expect(hopsOf(answers)).toEqual(back);
    }
    expect(deployment.hops.flatMap(({ from, to }) => [from, to])).not.toContain('unknown');
  });

  it('say who is called too', async () => {
    const deployment = await deploy();
    const { session } = await call(await deployment.client(SOFIA));
    await atBridge(deployment).acked;
    deployment.hops.length = 0;
    await atBridge(deployment).bye();
    await session.terminated;
    const path = [...PATH].reverse();
    expect(deployment.hops.filter(({ message }) => /^BYE /.test(message)).map(({ from, to }) => [from, to])).toEqual(
      path.slice(1).map((name, i) => [path[i], name]),
    );
  });
});

describe('an edge', () => {
  /** What became of a TLS connection on which one OPTIONS is sent: the first line that came back, or nothing. */
  function talkTo(address: string, ca: string, identity: Partial<Identity>): Promise<string> {
    const [host = '', port = ''] = address.split(':');
    return new Promise((resolve) => {
      const socket = connect({ host, port: Number(port), ca, ...identity });
      const via = 'Via: SIP/2.0/TLS 127.0.0.1:9;branch=z9hG4bKx';
      const who = 'From: <sip:a@a.example>;tag=1\r\nTo: <sip:b@b.example>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS';
      socket.write(
        `OPTIONS sip:b@b.example SIP/2.0\r\n${via}\r\nMax-Forwards: 0\r\n${who}\r\nContent-Length: 0\r\n\r\n`,
      );
      socket.once('data', (data) => {
        resolve(String(data).split('\r\n')[0] ?? '');
        socket.destroy();
      });
      for (const end of ['error', 'close'] as const) socket.once(end, () => resolve(''));
    });
  }

  it('talks to who has a certificate of the run’s authority, and to nobody else', async () => {
    const deployment = await deploy();
    await call(await deployment.client(SOFIA));
    const edge = deployment.hops.find(({ to }) => to === 'sip.corp.example')?.destination ?? '';
    const ca = deployment.authority.certificate;
    const stranger = await CertificateAuthority.create();
    expect(await talkTo(edge, ca, await deployment.authority.issue(['sip.partner.example']))).toBe(
      'SIP/2.0 483 Too Many Hops',
    );
    expect(await talkTo(edge, ca, await stranger.issue(['sip.skype.example']))).toBe('');
    expect(await talkTo(edge, ca, {})).toBe('');
  });
});

describe('a deployment', () => {
  const open = (): { listeners: number; connections: number } => {
    const resources = process.getActiveResourcesInfo();
    const count = (kind: string): number => resources.filter((resource) => resource === kind).length;
    return { listeners: count('TCPServerWrap'), connections: count('TCPSocketWrap') + count('TLSWrap') };
  };

  it('leaves nothing open', async () => {
    const none = { listeners: 0, connections: 0 };
    // What is closed is gone a turn of the event loop later.
    await expect.poll(open).toEqual(none);
    {
      await using deployment = await Deployment.open();
      await call(await deployment.client(SOFIA));
      await call(await deployment.client(ANNA));
      expect(open().listeners).toBe(5);
      expect(open().connections).toBeGreaterThanOrEqual(12);
      expect(deployment.federation.frontEndOf('nowhere.example')).toBeUndefined();
    }
    await expect.poll(open).toEqual(none);
  });
});
