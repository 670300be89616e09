import { seededRandom, VirtualClock } from '@plugfest/model';
import {
  createResponse,
  cseqOf,
  formatMessage,
  header,
  parseAuthorization,
  parseMessage,
  type SipMessage,
  type SipRequest,
  tagOf,
  verifyDigest,
} from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { CallReplay, type Heard } from './call-replay.ts';
import { branchOf } from './call-transactions.ts';
import type { RecordedCall } from './recorded-call.ts';
import type { ReplayMedia } from './replay-media.ts';
import type { ReplayTransport } from './replay-transport.ts';

const CHALLENGE = 'Digest realm="then", nonce="of-then", algorithm=MD5';
const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 192.0.2.1',
  's=-',
  'c=IN IP4 192.0.2.1',
  't=0 0',
  'm=audio 9000 RTP/AVP 0',
  'a=then',
];

function said(start: string, cseq: string, more: readonly string[] = [], body: readonly string[] = []): string[] {
  const type = body.length > 0 ? ['Content-Type: application/sdp'] : [];
  return [
    start,
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKthen${cseq.replace(' ', '')}`,
    ...['From: "A" <sip:a@then.example>;tag=then', 'To: <sip:b@then.example>', 'Call-ID: then', `CSeq: ${cseq}`],
    ...['Contact: <sip:a@192.0.2.1:5060>;video', 'X-Kept: yes', ...more, ...type, '', ...body, ''],
  ];
}

const invite = (cseq: number, more: readonly string[] = []): string[] =>
  said('INVITE sip:b@then.example SIP/2.0', `${cseq} INVITE`, more, SDP);

const CHALLENGED: RecordedCall = {
  transport: 'udp',
  plays: 'caller',
  messages: [
    { atMs: 0, ours: true, lines: invite(1) },
    { atMs: 50, ours: false, lines: said('SIP/2.0 407 Who?', '1 INVITE', [`Proxy-Authenticate: ${CHALLENGE}`]) },
    { atMs: 60, ours: true, lines: said('ACK sip:b@then.example SIP/2.0', '1 ACK') },
    { atMs: 100, ours: true, lines: invite(2, ['Proxy-Authorization: Digest username="a", response="of-then"']) },
    { atMs: 900, ours: false, lines: said('SIP/2.0 200 OK', '2 INVITE', [], SDP) },
    { atMs: 910, ours: true, lines: said('ACK sip:b@then.example SIP/2.0', '2 ACK') },
    { atMs: 4000, ours: true, lines: said('BYE sip:b@then.example SIP/2.0', '3 BYE') },
    { atMs: 4010, ours: false, lines: said('SIP/2.0 200 OK', '3 BYE') },
  ],
};

type Answer = (request: SipRequest) => Parameters<typeof createResponse>[1] | undefined;

interface Played {
  readonly sent: readonly SipMessage[];
  readonly heard: readonly Heard[];
  readonly notes: readonly string[];
}

/** Plays against who answers each new request at once; `asks` are requests of its own, by when. */
async function play(
  call: RecordedCall,
  answer: Answer,
  asks: readonly (readonly [ms: number, text: readonly string[]])[] = [],
  password?: string,
): Promise<Played> {
  const clock = new VirtualClock();
  const [sent, heard, notes]: [SipMessage[], Heard[], string[]] = [[], [], []];
  const transport: ReplayTransport = {
    ...{ name: 'udp', local: '127.0.0.1:40000', onMessage: () => {} },
    send(message) {
      sent.push(message);
      if (message.kind !== 'request' || message.method === 'ACK') return;
      const fields = answer(message);
      const headers = [{ name: 'Contact', value: '<sip:now@127.0.0.1:5070>' }, ...(fields?.headers ?? [])];
      if (fields)
        queueMicrotask(() => transport.onMessage(createResponse(message, { toTag: 'now', ...fields, headers })));
    },
    async [Symbol.asyncDispose]() {},
  };
  const media = { own: { address: '127.0.0.1', ports: [30_000] }, play() {} } as unknown as ReplayMedia;
  const replay = new CallReplay({
    ...{
      call,
      password,
      clock,
      random: seededRandom(1),
      transport,
      media,
      conferenceUri: 'sip:now@conference.example',
    },
    signal: new AbortController().signal,
    dialOut: async () => {},
    onHeard: (one) => heard.push(one),
    onNote: (text) => notes.push(text),
  });
  for (const [ms, text] of asks) {
    clock.schedule(ms, () => {
      const parsed = parseMessage(Buffer.from(text.join('\r\n')));
      if (parsed.ok) transport.onMessage(parsed.value);
    });
  }
  let isOver = false;
  const running = replay.run().then(() => {
    isOver = true;
  });
  for (let i = 0; i < 5000 && !isOver; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.advanceMs(20);
  }
  await running;
  return { sent, heard, notes };
}

const lines = ({ sent }: Played): string[] =>
  sent.map((message) =>
    message.kind === 'request' ? `${message.method} ${cseqOf(message)?.number}` : String(message.statusCode),
  );
const verdicts = ({ heard }: Played): (string | undefined)[] => heard.map(({ now }) => now?.split('\r\n')[0]);

describe('a captured call that is played', () => {
  test('is the call of now: its own Call-ID, tags, branches, addresses and target; the rest is of then', async () => {
    const played = await play(CHALLENGED, () => ({ statusCode: 200 }));
    const [first, ack, bye] = played.sent as SipRequest[];
    expect(lines(played)).toEqual(['INVITE 1', 'ACK 1', 'BYE 3']);
    expect(first?.uri).toBe('sip:now@conference.example');
    expect(header(first as SipRequest, 'Contact')).toBe('<sip:a@127.0.0.1:40000;transport=udp>;video');
    expect(header(first as SipRequest, 'X-Kept')).toBe('yes');
    const body = Buffer.from(first?.body ?? []).toString();
    expect(body).toContain('m=audio 30000 RTP/AVP 0');
    expect(body).toContain('c=IN IP4 127.0.0.1');
    expect(body).toContain('a=then');
    expect(Buffer.from(formatMessage(first as SipRequest)).toString()).not.toMatch(
      /192\.0\.2\.1|tag=then|Call-ID: then|branch=z9hG4bKthen/,
    );
    expect([ack?.uri, bye?.uri]).toEqual(['sip:now@127.0.0.1:5070', 'sip:now@127.0.0.1:5070']);
    expect(tagOf(bye as SipRequest, 'To')).toBe('now');
    expect(new Set(played.sent.map(branchOf)).size).toBe(3);
  });

  test('who is not challenged now does not say what was said to a challenge; both answers of then are compared', async () => {
    const played = await play(CHALLENGED, () => ({ statusCode: 200 }));
    expect(verdicts(played)).toEqual(['SIP/2.0 200 OK', 'SIP/2.0 200 OK', 'SIP/2.0 200 OK']);
    expect(played.notes.join()).toMatch(/nobody asks who calls/);
  });

  test('who is challenged answers with the digest of now', async () => {
    const nonce = 'of-now';
    const answer: Answer = (request) => {
      const given = header(request, 'Proxy-Authorization');
      const parsed = given === undefined ? undefined : parseAuthorization(given);
      if (request.method === 'BYE') return { statusCode: 200 };
      const check = {
        method: request.method,
        realm: 'now',
        passwordOf: () => 'secret',
        isNonceFresh: (of: string) => of === nonce,
      };
      if (parsed?.ok && verifyDigest(parsed.value, check) === 'valid') return { statusCode: 200 };
      return {
        statusCode: 407,
        headers: [{ name: 'Proxy-Authenticate', value: `Digest realm="now", nonce="${nonce}"` }],
      };
    };
    const played = await play({ ...CHALLENGED, username: 'a' }, answer, [], 'secret');
    expect(lines(played)).toEqual(['INVITE 1', 'ACK 1', 'INVITE 2', 'ACK 2', 'BYE 3']);
    expect(verdicts(played).map((line) => line?.slice(8, 11))).toEqual(['407', '200', '200']);
    const again = played.sent[2] as SipRequest;
    expect(header(again, 'Proxy-Authorization')).not.toContain('of-then');
  });

  test('without credentials nothing of then is given away', async () => {
    const played = await play(CHALLENGED, ({ method }) => ({ statusCode: method === 'INVITE' ? 407 : 200 }));
    expect(played.sent.map((message) => header(message, 'Proxy-Authorization')).join('')).toBe('');
    expect(verdicts(played).at(-1)).toMatch(/407/);
  });

  test('an answer that does not come is missing, and ends it; requests are sent again until then', async () => {
    const played = await play(CHALLENGED, () => undefined);
    expect(verdicts(played)).toEqual([undefined]);
    expect(lines(played).filter((line) => line === 'INVITE 1').length).toBeGreaterThan(3);
  });

  test('a refusal in place of an answer ends it, acknowledged', async () => {
    const played = await play(CHALLENGED, () => ({ statusCode: 488 }));
    expect(lines(played)).toContain('ACK 1');
    expect(lines(played)).not.toContain('BYE 3');
  });

  test('a BYE that did not come then is answered', async () => {
    const now = said('BYE sip:a@127.0.0.1:40000 SIP/2.0', '9 BYE');
    const played = await play(CHALLENGED, () => ({ statusCode: 200 }), [[2000, now]]);
    expect(lines(played)).toEqual(['INVITE 1', 'ACK 1', '200']);
    expect(played.notes.join()).toMatch(/BYE comes/);
  });

  test('a callee answers as it did, to the request of now', async () => {
    const call: RecordedCall = {
      ...{ transport: 'udp', plays: 'callee' },
      messages: [
        { atMs: 0, ours: false, lines: invite(1) },
        { atMs: 100, ours: true, lines: said('SIP/2.0 180 Ringing', '1 INVITE') },
        { atMs: 500, ours: true, lines: said('SIP/2.0 200 Gladly', '1 INVITE', ['X-Own: yes'], SDP) },
        { atMs: 510, ours: false, lines: said('ACK sip:b@then.example SIP/2.0', '1 ACK') },
        { atMs: 2000, ours: true, lines: said('BYE sip:a@then.example SIP/2.0', '7 BYE') },
        { atMs: 2010, ours: false, lines: said('SIP/2.0 200 OK', '7 BYE') },
      ],
    };
    const now = said('INVITE sip:replay@127.0.0.1:40000 SIP/2.0', '5 INVITE', [], SDP).map((line) =>
      line.replace('Call-ID: then', 'Call-ID: now'),
    );
    const played = await play(call, () => ({ statusCode: 200 }), [[200, now]]);
    expect(lines(played)).toEqual(['180', '200', 'BYE 7']);
    const [, ok, bye] = played.sent as [SipMessage, SipMessage, SipRequest];
    expect([header(ok, 'X-Own'), header(ok, 'Call-ID'), header(bye, 'Call-ID')]).toEqual(['yes', 'now', 'now']);
    expect(tagOf(bye, 'From')).toBe(tagOf(ok, 'To'));
  });
});
