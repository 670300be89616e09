import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header } from '@plugfest/sip';
import { UserAgent } from '@plugfest/sip-node';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from './certificate-authority.ts';
import { HopNames } from './hop-names.ts';
import { type LyncDomain, openLyncDomain } from './lync-domain.ts';
import { TRUST_HEADER } from './trust-header.ts';

const ANNA = 'anna@corp.example';
const BOB = 'bob@fabrikam.example';
const CATEGORIES = 'application/msrtc-event-categories+xml';

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

async function signIn(): Promise<{
  domain: LyncDomain;
  client: UserAgent;
  registered: Awaited<ReturnType<UserAgent['register']>>;
}> {
  const domain = resources.use(
    await openLyncDomain({
      clock: hostClock,
      random: seededRandom(3),
      authority: await CertificateAuthority.create(),
      domain: 'corp.example',
      users: [{ address: ANNA, displayName: 'Anna', contacts: [{ address: BOB, name: 'Bob & Co' }] }],
      partner: BOB,
      names: new HopNames((address) => address),
      onSip: () => {},
    }),
  );
  const client = resources.use(
    await UserAgent.open({
      clock: hostClock,
      random: seededRandom(5),
      listen: [],
      aor: `sip:${ANNA}`,
      userAgentHeader: 'test',
      outboundProxy: `sip:${domain.frontEndTcp};transport=tcp;lr`,
    }),
  );
  const registered = await client.register({ registrar: 'sip:corp.example', expiresS: 600 });
  return { domain, client, registered };
}

/** The bodies of the NOTIFYs of a subscription, as they come. */
async function told(client: UserAgent, options: Parameters<UserAgent['subscribe']>[1]): Promise<string[]> {
  const bodies: string[] = [];
  const subscription = await client.subscribe(`sip:${ANNA}`, options);
  subscription.onNotify = ({ body }) => bodies.push(Buffer.from(body).toString());
  expect((await subscription.answered).statusCode).toBe(200);
  return bodies;
}

describe('a Lync domain', () => {
  it('tells who registers what it may ask for', async () => {
    const { registered } = await signIn();
    expect(registered.statusCode).toBe(200);
    expect(header(registered, 'Allow-Events')).toContain('vnd-microsoft-roaming-contacts');
    expect(header(registered, 'ms-keep-alive')).toContain('timeout=300');
    expect(header(registered, 'Expires')).toBe('7200');
  });

  it('gives the contact list, escaped', async () => {
    const { client } = await signIn();
    const event = 'vnd-microsoft-roaming-contacts';
    const bodies = await told(client, { event, expiresS: 600, accept: [`application/${event}+xml`] });
    await expect.poll(() => bodies[0]).toContain('uri="bob@fabrikam.example" name="Bob &amp; Co"');
  });

  it('tells the presence of a federated contact, and each change of it', async () => {
    const { client, domain } = await signIn();
    const bodies: string[] = [];
    const subscription = await client.subscribe(`sip:${BOB}`, {
      event: 'presence',
      expiresS: 600,
      accept: [CATEGORIES],
    });
    subscription.onNotify = ({ body }) => bodies.push(Buffer.from(body).toString());
    await expect.poll(() => bodies[0]).toContain('<availability>3500<');
    expect(await domain.partner.setAvailability('busy')).toBe(1);
    await expect.poll(() => bodies[1]).toContain('<availability>6500<');
  });

  it('brings messages in and out over both edges, with the edge’s own word of trust', async () => {
    const { client, domain } = await signIn();
    const requests: string[] = [];
    const forged = { name: TRUST_HEADER, value: 'ms-source-type=EdgeProxyGenerated;ms-ep-fqdn=evil.example' };
    client.onInvite = (call) => {
      requests.push(header(call.request, TRUST_HEADER) ?? 'none');
      call.onRequest = ({ body }) => {
        requests.push(Buffer.from(body).toString());
        return { statusCode: 200 };
      };
      call.accept({ body: call.request.body });
    };
    expect(await domain.partner.writes(ANNA, 'Grüße')).toBe(200);
    expect(requests.at(-1)).toBe('Grüße');
    const heard: string[] = [];
    domain.partner.onMessage = (text) => heard.push(text);
    const body = { contentType: 'text/plain', body: Buffer.from('and back') };
    expect((await client.request('MESSAGE', `sip:${BOB}`, { body, headers: [forged] })).statusCode).toBe(200);
    expect(heard).toEqual(['and back']);
  });
});
