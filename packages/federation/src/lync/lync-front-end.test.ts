import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header } from '@plugfest/sip';
import { afterEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../certificate-authority.ts';
import { LyncFrontEnd } from './lync-front-end.ts';
import { NtlmClient } from './ntlm-client-fixture.ts';
import { parseAuthParameters, signedText } from './sip-signature.ts';
import { parseXml } from './xml.ts';

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

describe('a conference', () => {
  const cccp = { 'Content-Type': 'application/cccp+xml' };
  const c3p = (operation: string): string =>
    `<request xmlns="urn:ietf:params:xml:ns:cccp" C3PVersion="1" to="f" from="sip:${ANNA}" requestId="4">${operation}</request>`;
  const addUser = (address: string): string =>
    `<addUser><ci:user xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity="sip:${address}"><ci:roles><ci:entry>attendee</ci:entry></ci:roles></ci:user></addUser>`;

  async function held() {
    const { client, frontEnd } = await open();
    await client.signIn('secret');
    const { factoryUri } = frontEnd.conferences;
    const made = await client.ask('SERVICE', factoryUri, cccp, c3p('<addConference/>'));
    const uri = /entity="([^"]+)"/.exec(Buffer.from(made.body).toString())?.[1] ?? '';
    const focus = frontEnd.conferences.focusOf(uri);
    if (focus === undefined) throw new Error(`no conference at ${uri}`);
    const steer = async (operation: string): Promise<string> =>
      Buffer.from((await client.ask('INFO', uri, cccp, c3p(operation))).body).toString();
    await client.ask('INVITE', uri, cccp, c3p(addUser(ANNA)));
    return { client, frontEnd, focus, steer };
  }

  it('is made at the factory, joined at its focus, and has its organizer as presenter', async () => {
    const { focus } = await held();
    expect(focus.uri).toMatch(/^sip:anna@corp\.example;gruu;opaque=app:conf:focus:id:\w+$/);
    expect(focus.roster()).toMatch(/<user entity="sip:anna@corp\.example" state="full"><roles><entry>presenter</);
  });

  it('shows each medium under the source that is asked for in a Video Source Request, and whether it is let in', async () => {
    const { focus, steer } = await held();
    focus.mediaJoined('ben@corp.example', ['main-audio', 'main-video']);
    expect(focus.roster()).toContain('<label>main-video</label><status>sendrecv</status><msci:media-source-id>2<');
    expect(focus.roster()).toContain(`<msci:entity-view entity="${focus.avUri}">`);
    const block =
      '<modifyEndpointMedia><mediaKeys userEntity="sip:ben@corp.example"/><media><type>audio</type><media-ingress-filter>block</media-ingress-filter></media></modifyEndpointMedia>';
    expect(await steer(block)).toContain('code="success"');
    expect(focus.roster()).toMatch(/main-audio.*>block<.*main-video.*>unblock</);
    expect(await steer('<deleteUser><userKeys userEntity="sip:ben@corp.example"/></deleteUser>')).toContain('success');
    expect(focus.roster()).not.toContain('ben@');
  });

  it('dials out for who presides, and for nobody else; locked, it lets nobody in', async () => {
    const { focus, steer } = await held();
    const said = (operation: string) => {
      const parsed = parseXml(Buffer.from(c3p(operation)));
      if (!parsed.ok) throw new Error(parsed.error.text);
      return parsed.value;
    };
    expect(focus.apply(said(addUser('room@corp.example')), ANNA)).toEqual({
      code: 'success',
      dialOut: 'room@corp.example',
    });
    expect(focus.apply(said(addUser('room@corp.example')), 'ben@corp.example').reasonCode).toBe('unauthorized');
    expect(await steer('<modifyConferenceLock><locked>true</locked></modifyConferenceLock>')).toContain('success');
    expect(focus.apply(said(addUser('ben@corp.example')), 'ben@corp.example').reasonCode).toBe('conferenceLocked');
  });

  it('is watched: its roster comes with the answer, under its number; another conference is not there', async () => {
    const { client, focus } = await held();
    const watch = { Event: 'conference', Supported: 'ms-benotify', Expires: '600' };
    const watched = await client.ask('SUBSCRIBE', focus.uri, watch);
    expect(header(watched, 'ms-piggyback-cseq')).toBe('1');
    expect(Buffer.from(watched.body).toString()).toBe(focus.roster());
    const missing = focus.uri.replace(/id:.*/, 'id:none');
    expect((await client.ask('SUBSCRIBE', missing, watch)).statusCode).toBe(404);
  });

  it('has media at its AVMCU: where there is none, a call there is not routed', async () => {
    const { client, focus } = await held();
    const response = await client.ask('INVITE', focus.avUri, {});
    expect([response.statusCode, header(response, 'ms-diagnostics')?.slice(0, 5)]).toEqual([504, '1005;']);
  });

  it('ends: its focus is gone', async () => {
    const { focus, frontEnd, steer } = await held();
    expect(await steer('<deleteConference/>')).toContain('code="success"');
    expect(frontEnd.conferences.focusOf(focus.uri)).toBeUndefined();
  });
});
