import { request } from 'node:https';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { header, type SipRequest } from '@plugfest/sip';
import { UserAgent } from '@plugfest/sip-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CertificateAuthority } from '../certificate-authority.ts';
import { HopNames } from '../hop-names.ts';
import { type LyncDomain, openLyncDomain } from '../lync-domain.ts';
import type { Hal } from './schemas.ts';
import { UcwaClient } from './ucwa-client.ts';
import type { UcwaExchange } from './ucwa-server.ts';

const [MARCO, ANNA, BOB] = ['marco@corp.example', 'anna@corp.example', 'bob@fabrikam.example'];
const SOUND = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 9\r\n';

let resources = new AsyncDisposableStack();
let domain: LyncDomain;
let authority: CertificateAuthority;
let exchanges: UcwaExchange[] = [];
let messages: string[] = [];

beforeEach(async () => {
  exchanges = [];
  messages = [];
  authority = await CertificateAuthority.create();
  domain = resources.use(
    await openLyncDomain({
      clock: hostClock,
      random: seededRandom(3),
      authority,
      domain: 'corp.example',
      users: [
        { address: MARCO, displayName: 'Marco', password: 'right' },
        { address: ANNA, displayName: 'Anna' },
      ],
      partner: BOB,
      names: new HopNames((address) => address),
      onSip: ({ message }) => messages.push(message),
      onExchange: (exchange) => exchanges.push(exchange),
    }),
  );
});
afterEach(async () => {
  await resources.disposeAsync();
  resources = new AsyncDisposableStack();
});

async function signIn(password = 'right'): Promise<UcwaClient> {
  const { nameServer } = domain;
  const shared = { clock: hostClock, caPem: authority.certificate, nameServer };
  const userAgent = 'iPhoneLync/5.0.0 (Lync 2013 for iPhone)';
  return resources.use(
    await UcwaClient.signIn({ ...shared, address: MARCO, password, userAgent, endpointId: 'phone' }),
  );
}

async function annaOnADesktop(): Promise<UserAgent> {
  const anna = resources.use(
    await UserAgent.open({
      clock: hostClock,
      random: seededRandom(5),
      listen: [],
      aor: `sip:${ANNA}`,
      userAgentHeader: 'test',
      outboundProxy: `sip:${domain.frontEndTcp};transport=tcp;lr`,
    }),
  );
  expect((await anna.register({ registrar: 'sip:corp.example', expiresS: 600 })).statusCode).toBe(200);
  return anna;
}

/** A request past the client, as somebody else would write it. */
async function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    status: number;
    text: string;
    headers: Record<string, unknown>;
  }>();
  const [host, port] = domain.web.address.split(':');
  const sent = request(
    {
      host,
      port,
      method,
      path,
      ca: authority.certificate,
      servername: 'lyncweb.corp.example',
      headers: { host: 'lyncweb.corp.example', ...headers },
    },
    (response) => {
      let text = '';
      response.on('data', (piece) => {
        text += piece;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    },
  );
  sent.once('error', reject);
  sent.end(body);
  return promise;
}

describe('a phone', () => {
  it('finds its server, is challenged, gets a token and signs in; the front end registers for it', async () => {
    await signIn();
    expect(exchanges.slice(0, 5).map(({ method, host, path, status }) => [method, host, path, status])).toEqual([
      ['GET', 'lyncdiscover.corp.example', '/', 200],
      ['GET', 'lyncweb.corp.example', '/Autodiscover/AutodiscoverService.svc/root/oauth/user', 401],
      ['POST', 'lyncweb.corp.example', '/WebTicket/oauthtoken', 200],
      ['GET', 'lyncweb.corp.example', '/Autodiscover/AutodiscoverService.svc/root/oauth/user', 200],
      ['POST', 'lyncweb.corp.example', '/ucwa/oauth/v1/applications', 201],
    ]);
    const [endpoint] = domain.frontEnd.endpointsOf(MARCO);
    expect(endpoint?.epid).toMatch(/^[0-9a-z]{10}$/);
    expect(endpoint?.gruu).toMatch(/^sip:marco@corp.example;opaque=user:epid:.*;gruu$/);
    const register = messages.find((message) => message.startsWith('REGISTER')) ?? '';
    expect(register).toContain('User-Agent: UCWA/5.0.0 iPhoneLync/5.0.0 (Lync 2013 for iPhone)');
  });

  it('is refused with another password, and stays unregistered', async () => {
    await expect(signIn('wrong')).rejects.toThrow('the token request was answered 400 {"error":"invalid_grant"}');
    expect(domain.frontEnd.endpointsOf(MARCO)).toEqual([]);
  });

  it('shows presence and a note only after it made itself available, and is gone when it signs out', async () => {
    const phone = await signIn();
    const book = domain.frontEnd.recordOf(MARCO)?.book;
    await expect(phone.setPresence('Busy')).rejects.toThrow('no link “presence” is offered');
    expect(book?.availability).toBe(18_500);
    await phone.makeAvailable();
    expect(book?.availability).toBe(3500);
    await phone.setPresence('DoNotDisturb');
    await phone.setPresence('BeRightBack');
    expect(book?.availability).toBe(12_500);
    await phone.setNote('At <lunch> & back');
    expect(book?.categoriesFor({ address: BOB, kind: 'federated' })).toContain('At &lt;lunch&gt; &amp; back');
    await phone[Symbol.asyncDispose]();
    expect(domain.frontEnd.endpointsOf(MARCO)).toEqual([]);
  });

  it('takes the version that the server names when another client of the user published before it', async () => {
    domain.frontEnd.setPresence(MARCO, 'busy');
    const phone = await signIn();
    await phone.makeAvailable();
    await phone.setPresence('Away');
    expect(domain.frontEnd.recordOf(MARCO)?.book.availability).toBe(15_500);
  });

  it('sees people of its own domain and of a federated one, and each change', async () => {
    const phone = await signIn();
    await phone.watch([ANNA, BOB]);
    expect(await phone.sees(BOB, 'Online')).toBe(true);
    expect(await phone.sees(ANNA, 'Offline')).toBe(true);
    expect(await domain.partner.setAvailability('do-not-disturb')).toBe(1);
    expect(await phone.sees(BOB, 'DoNotDisturb')).toBe(true);
    domain.frontEnd.setPresence(ANNA, 'be-right-back');
    expect(await phone.sees(ANNA, 'BeRightBack')).toBe(true);
  });
});

describe('what a phone writes and is written', () => {
  it('goes over both edges, and back in the same conversation', async () => {
    const phone = await signIn();
    const heard: string[] = [];
    domain.partner.onMessage = (text) => heard.push(text);
    const { invited, isSent } = await phone.write(BOB, 'Grüße, 100 % & more');
    expect([invited.ok, isSent, heard]).toEqual([true, true, ['Grüße, 100 % & more']]);
    phone.onEvent = ({ link, type, _embedded }) => {
      const invitation = _embedded?.messagingInvitation as Hal | undefined;
      if (link.rel === 'messagingInvitation' && type === 'started' && invitation?.direction === 'Incoming')
        void phone.answers(invitation, 'accept');
    };
    expect(await domain.partner.writes(MARCO, 'Bis später')).toBe(200);
    expect(await phone.reads('Bis später')).toBe('Bis später');
    const begun = await phone.until(({ link, type }) => link.rel === 'messagingInvitation' && type === 'started');
    expect(begun).toBeDefined();
    expect(await phone.say(invited.conversation, 'und noch eines')).toBe(true);
    expect(heard.at(-1)).toBe('und noch eines');
  });

  it('what nobody takes is a failure with what SIP said', async () => {
    const phone = await signIn();
    const { invited } = await phone.write('nobody@corp.example', 'hello?');
    expect([invited.ok, invited.statusCode]).toEqual([false, 404]);
    expect(invited.diagnostics).toContain('1003;reason="User does not exist"');
  });

  it('may be declined', async () => {
    const phone = await signIn();
    phone.onEvent = ({ link, type, _embedded }) => {
      const invitation = _embedded?.messagingInvitation as Hal | undefined;
      if (link.rel === 'messagingInvitation' && type === 'started' && invitation)
        void phone.answers(invitation, 'decline');
    };
    expect(await domain.partner.writes(MARCO, 'now?')).toBe(480);
  });
});

describe('calls of a phone', () => {
  it('are INVITEs with its own description; the answer comes back, and BYE when it leaves', async () => {
    const [phone, anna] = [await signIn(), await annaOnADesktop()];
    const seen: SipRequest[] = [];
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    anna.onInvite = (call) => {
      seen.push(call.request);
      call.accept({ body: Buffer.from(SOUND.replace('o=- 1', 'o=- 2')) });
      void call.terminated.then(({ reason }) => resolve(reason));
    };
    const parts = `--b\r\nContent-Type: application/sdp\r\n\r\n${SOUND}--b--\r\n`;
    const called = await phone.call(`sip:${ANNA}`, {
      contentType: 'multipart/alternative;boundary="b"',
      content: parts,
    });
    expect([called.ok, called.answer?.content]).toEqual([true, SOUND.replace('o=- 1', 'o=- 2')]);
    const [invite] = seen;
    expect(header(invite as SipRequest, 'Content-Type')).toBe('multipart/alternative;boundary="b"');
    expect(Buffer.from((invite as SipRequest).body).toString()).toBe(parts);
    expect(header(invite as SipRequest, 'Ms-Conversation-ID')).toBeDefined();
    await phone.leave(called.conversation);
    expect(await ended).toBe('remote-bye');
  });

  it('that come are told with their offer, and are answered with its own', async () => {
    const [phone, anna] = [await signIn(), await annaOnADesktop()];
    phone.onEvent = ({ link, type, _embedded }) => {
      const invitation = _embedded?.audioVideoInvitation as Hal | undefined;
      if (link.rel !== 'audioVideoInvitation' || type !== 'started' || !invitation) return;
      expect(invitation.sourceNetwork).toBe('SameEnterprise');
      expect(JSON.stringify(invitation._links.mediaOffer)).toContain('m%3Daudio');
      void phone.answers(invitation, 'acceptWithAnswer', { contentType: 'application/sdp', content: SOUND });
    };
    const session = anna.invite(`sip:${MARCO}`, { body: Buffer.from(SOUND) });
    const { ok, response } = await session.answered;
    expect([ok, Buffer.from(response.body).toString()]).toEqual([true, SOUND]);
    await session.bye();
    expect(await phone.until(({ link, type }) => link.rel === 'conversation' && type === 'deleted')).toBeDefined();
  });

  it('join a conference of Lync’s: in its roster while they are there', async () => {
    const uri = domain.frontEnd.conferences.create(ANNA)?.uri ?? '';
    const phone = await signIn();
    const joined = await phone.joinMeeting(uri);
    expect(joined.ok).toBe(true);
    const focus = domain.frontEnd.conferences.focusOf(uri);
    expect(focus?.roster()).toContain(`entity="sip:${MARCO}"`);
    const called = await phone.addCall(joined.conversation, { contentType: 'application/sdp', content: SOUND });
    // This deployment has no AVMCU.
    expect([called.statusCode, called.diagnostics?.slice(0, 4)]).toEqual([504, '1005']);
    expect(messages.some((one) => /^INVITE sip:anna@corp.example;gruu;opaque=app:conf:audio-video:id:/.test(one))).toBe(
      true,
    );
    await phone.leave(joined.conversation);
    expect(focus?.roster()).not.toContain(`entity="sip:${MARCO}"`);
  });
});

describe('what is wrong is refused', () => {
  it.each([
    ['no token', 'POST', '/ucwa/oauth/v1/applications', {}, '{}', 401],
    ['a token of nobody', 'POST', '/ucwa/oauth/v1/applications', { authorization: 'Bearer cwt=x' }, '{}', 401],
    ['another grant', 'POST', '/WebTicket/oauthtoken', {}, 'grant_type=windows', 400],
    ['too large a body', 'POST', '/WebTicket/oauthtoken', {}, 'x'.repeat(300_000), 413],
  ] as const)('%s: %s', async (_, method, path, headers, body, status) => {
    expect((await ask(method, path, headers, body)).status).toBe(status);
  });

  it('a body that is none of the resource’s, another’s application, an unknown resource, another method', async () => {
    await signIn();
    const form = `grant_type=password&username=${MARCO}&password=right`;
    const granted = await ask('POST', '/WebTicket/oauthtoken', {}, form);
    const authorization = `Bearer ${JSON.parse(granted.text).access_token}`;
    const json = { authorization, 'content-type': 'application/json' };
    const made = await ask(
      'POST',
      '/ucwa/oauth/v1/applications',
      json,
      '{"UserAgent":"UCWA Samples","EndpointId":"1"}',
    );
    const own = String(made.headers.location);
    const statusOf = async (method: string, path: string, body = ''): Promise<number> =>
      (await ask(method, path, json, body)).status;
    expect(made.status).toBe(201);
    expect(await statusOf('POST', `${own}/me/makeMeAvailable`, '{"SupportedModalities":["Messaging"]}')).toBe(204);
    expect(await statusOf('POST', `${own}/me/presence`, '{"availability":"Sleeping"}')).toBe(400);
    expect(await statusOf('POST', `${own}/me/presence`, '{"availability"')).toBe(400);
    expect(await statusOf('POST', `${own}/communication/startMessaging`, '{"to":"bob"}')).toBe(409);
    expect(
      await statusOf(
        'POST',
        `${own}/communication/startAudioVideo`,
        '{"to":"sip:a@b","_links":{"mediaOffer":{"href":"data:%"}}}',
      ),
    ).toBe(400);
    expect(await statusOf('GET', `${own}x`)).toBe(404);
    expect(await statusOf('GET', `${own}/nowhere`)).toBe(404);
    expect(await statusOf('DELETE', `${own}/me`)).toBe(405);
    expect(await statusOf('GET', `${own}/people/%ff/presence`)).toBe(404);
    expect(await statusOf('GET', `${own}/me`)).toBe(200);
    expect(await statusOf('DELETE', own)).toBe(204);
    expect(await statusOf('GET', own)).toBe(404);
  });
});
