import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { headers } from '@plugfest/sip';
import { expect, test } from 'vitest';
import { openUserAgent, sdp, uriOf } from './loopback-fixture.ts';
import { SipProxy } from './proxy.ts';
import type { IncomingSession } from './session.ts';

/** Values whose octets a proxy must not touch: signatures are made over them (RFC 8224 §4). */
const IDENTITY_HEADERS = [
  ['Identity', 'eyJhbGciOiJFUzI1NiJ9..sig-_x;info=<https://cert.example/a.pem>;alg=ES256;ppt=shaken'],
  ['P-Asserted-Identity', '"Ann  O\'Dell" <sip:ann@a.example>, <tel:+15550100>'],
  ['P-Preferred-Identity', '<sip:ann@a.example>'],
  ['Privacy', 'id;critical'],
] as const;

test('a proxy passes identity headers through octet for octet', async () => {
  const listen = [{ transport: 'tcp', host: '127.0.0.1' }] as const;
  await using callee = await openUserAgent({ listen });
  await using proxy = await SipProxy.open({
    clock: hostClock,
    random: seededRandom(5),
    listen,
    onRequest: () => ({ action: 'forward', target: uriOf(callee, 'tcp') }),
  });
  const calls: IncomingSession[] = [];
  callee.onInvite = (session) => {
    calls.push(session);
    session.accept(sdp('answer'));
  };
  await using caller = await openUserAgent({ listen });
  const call = caller.invite(uriOf(proxy, 'tcp'), {
    body: sdp('offer').body,
    headers: IDENTITY_HEADERS.map(([name, value]) => ({ name, value })),
  });
  expect((await call.answered).response.statusCode).toBe(200);
  for (const [name, value] of IDENTITY_HEADERS)
    expect(headers((calls[0] as IncomingSession).request, name), name).toEqual([value]);
  await call.bye();
});
