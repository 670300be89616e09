import { header, type SipRequest } from '@plugfest/sip';
import type { IncomingSession, OutgoingSession } from '@plugfest/sip-node';
import { MemoryNetwork, memoryUri } from '@plugfest/sip-node/memory-network-fixture';
import { expect, test } from 'vitest';
import { SkypeGateway } from './skype-gateway.ts';
import { answerFor, offerFor } from './skype-offer.ts';

const SESSION = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';
const AUDIO = 'm=audio 4000 RTP/AVP 9 0\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n';
const OFFER = `${SESSION}${AUDIO}m=video 4002 RTP/AVP 122\r\na=rtpmap:122 X-H264UC/90000\r\n`;
const SOUND = `${SESSION}m=audio 5000 RTP/AVP 9\r\na=rtpmap:9 G722/8000\r\n`;
const PICTURES = `${SOUND}m=video 5002 RTP/AVP 122\r\n`;

/** Anna calls Sofia, who is signed in with a client of either generation. */
async function scene() {
  const network = new MemoryNetwork();
  const [anna, gateway] = [await network.agent('anna'), await network.agent('gateway')];
  const [v1, v2] = [await network.agent('v1'), await network.agent('v2')];
  const rung = new Map<string, IncomingSession>();
  v1.onInvite = (call) => void rung.set('v1', call);
  v2.onInvite = (call) => void rung.set('v2', call);
  new SkypeGateway({
    agent: gateway,
    decorationDomain: 'skype.example',
    clientsOf: (user) =>
      user === 'sofia'
        ? [
            { generation: 'v1', uri: memoryUri(v1) },
            { generation: 'v2', uri: memoryUri(v2) },
          ]
        : [],
  });
  const call = (user = 'sofia', contentType = 'application/sdp'): OutgoingSession =>
    anna.invite(memoryUri(gateway, user), { body: Buffer.from(OFFER), contentType });
  const of = (name: string): IncomingSession => {
    const session = rung.get(name);
    if (session === undefined) throw new Error(`${name} was not called`);
    return session;
  };
  return { network, call, of };
}

test('both clients are called; the first 2xx has the call, and the other is cancelled', async () => {
  const { network, call, of } = await scene();
  const session = call();
  await network.pass(60);
  of('v1').ring();
  of('v2').ring();
  of('v2').accept({ body: Buffer.from(PICTURES) });
  await network.pass(200);
  expect((await session.answered).response.statusCode).toBe(200);
  expect(network.trace()).toContain('gateway→v1 CANCEL');
  expect(network.trace()).toContain('v1→gateway 487 INVITE');
  expect(network.trace()).not.toContain('gateway→v2 CANCEL');
  expect(of('v2').state).toBe('established');
});

test('a 2xx that crosses the CANCEL is acknowledged and hung up; the caller sees one 200', async () => {
  const { network, call, of } = await scene();
  const session = call();
  await network.pass(60);
  of('v1').ring();
  await network.pass(30);
  of('v2').accept({ body: Buffer.from(PICTURES) });
  await network.pass(15);
  of('v1').accept({ body: Buffer.from(SOUND) });
  await network.pass(400);
  expect(network.trace()).toEqual(expect.arrayContaining(['gateway→v1 CANCEL', 'v1→gateway 200 INVITE']));
  expect(session.state).toBe('established');
  const trace = network.trace();
  const settled = ['v1', 'v2'].map((name) => ({
    acked: trace.includes(`gateway→${name} ACK`),
    hungUp: trace.includes(`gateway→${name} BYE`),
  }));
  expect(settled).toEqual([
    { acked: true, hungUp: true },
    { acked: true, hungUp: false },
  ]);
  expect(trace.filter((line) => line === 'gateway→anna 200 INVITE')).toHaveLength(1);
  void session.bye();
  await network.pass(100);
  expect(of('v2').state).toBe('terminated');
});

test('v1 is offered sound in G.722, and pictures are refused in their place when it answers', async () => {
  const { network, call, of } = await scene();
  const session = call();
  await network.pass(60);
  expect(Buffer.from(of('v1').request.body).toString()).toBe(SOUND.replace('audio 5000', 'audio 4000'));
  expect(Buffer.from(of('v2').request.body).toString()).toBe(OFFER);
  of('v1').accept({ body: Buffer.from(SOUND) });
  await network.pass(200);
  const { response } = await session.answered;
  expect(Buffer.from(response.body).toString()).toBe(`${SOUND}m=video 0 RTP/AVP 122\r\n`);
});

test('the caller’s name is decorated on the way to the clients', async () => {
  const { network, call } = await scene();
  call();
  await network.pass(60);
  const invites = network.log.filter(({ name, to }) => name === 'INVITE' && to === 'v2');
  const identity = header(invites[0]?.message as SipRequest, 'P-Asserted-Identity');
  expect(identity).toBe('<sip:anna(anna.example)@skype.example>');
});

test('the caller that gives up cancels both; a refusal of both is the better one; a 6xx ends it at once', async () => {
  const cancelled = await scene();
  const gaveUp = cancelled.call();
  await cancelled.network.pass(60);
  cancelled.of('v1').ring();
  cancelled.of('v2').ring();
  await cancelled.network.pass(60);
  gaveUp.cancel();
  await cancelled.network.pass(200);
  expect(cancelled.network.trace()).toEqual(expect.arrayContaining(['gateway→v1 CANCEL', 'gateway→v2 CANCEL']));

  const refused = await scene();
  const busy = refused.call();
  await refused.network.pass(60);
  refused.of('v1').reject(503);
  refused.of('v2').reject(486);
  await refused.network.pass(200);
  expect((await busy.answered).response.statusCode).toBe(486);

  const declined = await scene();
  const no = declined.call();
  await declined.network.pass(60);
  declined.of('v1').ring();
  declined.of('v2').reject(603);
  await declined.network.pass(200);
  expect((await no.answered).response.statusCode).toBe(603);
  expect(declined.network.trace()).toContain('gateway→v1 CANCEL');
});

test('nobody signed in is 480; a body of many parts is 415, with what is taken', async () => {
  const { network, call } = await scene();
  const [nobody, parts] = [call('nobody'), call('sofia', 'multipart/alternative;boundary=x')];
  await network.pass(200);
  expect((await nobody.answered).response.statusCode).toBe(480);
  const { response } = await parts.answered;
  expect([response.statusCode, header(response, 'Accept')]).toEqual([415, 'application/sdp']);
});

test('what is offered v1 and answered for it keeps the order of the lines', () => {
  const pictureFirst = `${SESSION}m=video 1 RTP/AVP 122\r\n${AUDIO}`;
  expect(offerFor('v1', pictureFirst)).not.toContain('m=video');
  expect(answerFor('v1', pictureFirst, SOUND).match(/^m=\w+ \d+/gm)).toEqual(['m=video 0', 'm=audio 5000']);
});
