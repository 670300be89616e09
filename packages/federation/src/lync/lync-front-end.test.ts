import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header } from '@plugfest/sip';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../certificate-authority.ts';
import { LyncFrontEnd } from './lync-front-end.ts';
import { NtlmClient } from './ntlm-client-fixture.ts';
import { parseAuthParameters, signedText } from './sip-signature.ts';

const ANNA = 'anna@corp.example';
const PUBLISH = 'application/msrtc-category-publish+xml';
const publication = (version: number): string =>
  `<publish xmlns="http://schemas.microsoft.com/2006/09/sip/rich-presence"><publications uri="sip:${ANNA}"><publication categoryName="state" instance="7" container="2" version="${version}" expireType="endpoint"><state xmlns="http://schemas.microsoft.com/2006/09/sip/state" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="machineState"><availability>6500</availability></state></publication></publications></publish>`;

let resources = new AsyncDisposableStack();
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

async function open(): Promise<{ frontEnd: LyncFrontEnd; client: NtlmClient }> {
  const frontEnd = resources.use(
    await LyncFrontEnd.open({
      clock: hostClock,
      random: seededRandom(1),
      authority: await CertificateAuthority.create(),
      name: 'pool.corp.example',
      domain: 'corp.example',
      transports: ['tcp'],
      users: [{ address: ANNA, displayName: 'Anna', password: 'secret' }],
      wallMs: () => 1_417_600_000_000,
    }),
  );
  return { frontEnd, client: resources.use(await NtlmClient.open(frontEnd.addresses[0]?.port ?? 0, ANNA)) };
}

describe('signing in', () => {
  it('takes the right password, and signs what it says so that the client can check it', async () => {
    const { client, frontEnd } = await open();
    const response = await client.signIn('secret');
    expect(response.statusCode).toBe(200);
    const { values } = parseAuthParameters(header(response, 'Authentication-Info') ?? '');
    const context = { rand: values.get('srand') ?? '', num: values.get('snum') ?? '', scheme: 'NTLM' };
    const text = signedText(response, { ...context, target: 'pool.corp.example' });
    expect(values.get('rspauth')).toBe(client.session.signAsServer(text));
    expect(header(response, 'Contact')).toContain(`gruu="sip:${ANNA};opaque=user:epid:21nYNIVlkV-jtN6FPBU0fQAA;gruu"`);
    expect(frontEnd.endpointsOf(ANNA)).toHaveLength(1);
  });

  it('refuses another password, and names what failed', async () => {
    const { client, frontEnd } = await open();
    const response = await client.signIn('Secret');
    expect(response.statusCode).toBe(401);
    expect(header(response, 'ms-diagnostics')).toContain('1000;reason="Final handshake failed"');
    expect(frontEnd.endpointsOf(ANNA)).toEqual([]);
  });

  it('says that it has no Kerberos', async () => {
    const { client } = await open();
    const Authorization = 'Kerberos qop="auth", realm="SIP Communications Service", gssapi-data="YII="';
    const response = await client.ask('REGISTER', 'sip:corp.example', { Authorization });
    expect(response.statusCode).toBe(401);
    expect(header(response, 'ms-diagnostics')).toContain('Kerberos is unsupported');
  });

  it('listens to nobody without a signature that fits', async () => {
    const { client } = await open();
    await client.signIn('secret');
    const service = { 'Content-Type': PUBLISH };
    const forge = (signature: string): string => signature.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const forged = await client.ask('SERVICE', `sip:${ANNA}`, service, publication(0), '', forge);
    expect(forged.statusCode).toBe(403);
  });
});

describe('what is kept for a user', () => {
  it('a publication counts once under its version; the stale one learns the current', async () => {
    const { client, frontEnd } = await open();
    await client.signIn('secret');
    const service = { 'Content-Type': PUBLISH };
    expect((await client.ask('SERVICE', `sip:${ANNA}`, service, publication(0))).statusCode).toBe(200);
    expect(frontEnd.recordOf(ANNA)?.book.availability).toBe(6500);
    const stale = await client.ask('SERVICE', `sip:${ANNA}`, service, publication(0));
    expect(stale.statusCode).toBe(409);
    expect(Buffer.from(stale.body).toString()).toContain('<operation index="1" curVersion="1"/>');
  });

  it.each([
    ['the enterprise', 'sameEnterprise', true],
    ['a federated partner', 'federated', true],
    ['the public cloud', 'publicCloud', false],
  ] as const)('by default %s is shown presence: %s, %s', async (_, kind, isShown) => {
    const { frontEnd } = await open();
    const book = frontEnd.recordOf(ANNA)?.book;
    const watcher = { address: 'sofia@skype.example', kind };
    expect(book?.categoriesFor(watcher) !== undefined).toBe(isShown);
    book?.admit(watcher.address, 200);
    expect(book?.categoriesFor(watcher)).toContain('<availability>18500<');
    book?.admit(watcher.address, 32_000);
    expect(book?.categoriesFor(watcher)).toBeUndefined();
  });

  it('contacts change by SOAP under the number of the list', async () => {
    const { client, frontEnd } = await open();
    await client.signIn('secret');
    const soap = (deltaNumber: number): string =>
      `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:m="urn:m"><s:Body><m:setContact><m:displayName>B &amp; C</m:displayName><m:groups>1</m:groups><m:URI>sip:ben@corp.example</m:URI><m:deltaNum>${deltaNumber}</m:deltaNum></m:setContact></s:Body></s:Envelope>`;
    const service = { 'Content-Type': 'application/SOAP+xml' };
    expect((await client.ask('SERVICE', `sip:${ANNA}`, service, soap(9))).statusCode).toBe(409);
    expect((await client.ask('SERVICE', `sip:${ANNA}`, service, soap(1))).statusCode).toBe(200);
    expect(frontEnd.recordOf(ANNA)?.contacts.toXml()).toContain('uri="ben@corp.example" name="B &amp; C"');
  });

  it('a body that is no XML, or has a document type, is refused', async () => {
    const { client } = await open();
    await client.signIn('secret');
    for (const body of ['<publish', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '']) {
      const response = await client.ask('SERVICE', `sip:${ANNA}`, { 'Content-Type': PUBLISH }, body);
      expect(response.statusCode).toBe(400);
    }
  });
});
