import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { findTool, leaseTcpPort, leaseUdpPorts, openTemporaryDirectory } from '@plugfest/host';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AnswerFlowOptions, answerFlow } from './flows/answer-flow.ts';
import type { CallFlowOptions } from './flows/call-flow.ts';
import type { SippMessage } from './message-trace.ts';
import type { SippOutcome } from './outcome.ts';
import { SippCall } from './sipp-call.ts';
import type { SippOptions } from './sipp-options.ts';
import { SippProcess } from './sipp-process.ts';
import { pause, perform, receiveRequest, receiveResponse, type Scenario, type Step, send } from './step.ts';
import { keyword, lastHeader, sip, type Text } from './text.ts';

const sipp = await findTool('sipp');
if (!sipp.found) console.log(`skipped: real SIPp (${sipp.reason})`);

const HOST = '127.0.0.1';
const OFFER = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=[branch] \\x41\r\nt=0 0\r\n';
const ANSWER = 'v=0\r\no=- 2 1 IN IP4 127.0.0.1\r\ns=answer\r\nt=0 0\r\n';
const SDP = 'application/sdp';

/** A response to the last request, for the transaction of another method where they share a branch. */
function reply(status: string, method: string, ...headers: string[]): Text {
  return sip`SIP/2.0 ${status}
    ${lastHeader('Via')}
    ${lastHeader('From')}
    ${lastHeader('To')};tag=callee
    ${lastHeader('Call-ID')}
    CSeq: ${keyword.lastCseqNumber} ${method}
    Contact: <sip:callee@${keyword.localAddress}:${keyword.localPort}>
    ${headers.map((line) => `${line}\n`).join('')}Content-Length: 0`;
}

const RINGS: readonly Step[] = [receiveRequest('INVITE'), send(reply('180 Ringing', 'INVITE'))];
const ENDS: readonly Step[] = [receiveRequest('ACK'), receiveRequest('BYE'), send(reply('200 OK', 'BYE'))];
const CANCELLED: Scenario = {
  name: 'cancelled',
  steps: [
    ...RINGS,
    receiveRequest('CANCEL'),
    send(reply('200 OK', 'CANCEL')),
    send(reply('487 Request Terminated', 'INVITE')),
    receiveRequest('ACK'),
  ],
};
const ANSWERED_AND_CANCELLED: Scenario = {
  name: 'answers as it is cancelled',
  steps: [...RINGS, receiveRequest('CANCEL'), send(reply('200 OK', 'INVITE')), ...ENDS],
};
const CHALLENGE = 'WWW-Authenticate: Digest realm="example.com", nonce="1234", algorithm=MD5';
const CHALLENGING: Scenario = {
  name: 'challenges',
  steps: [
    receiveRequest('INVITE'),
    send(reply('401 Unauthorized', 'INVITE', CHALLENGE)),
    receiveRequest('ACK'),
    receiveRequest('INVITE'),
    send(reply('200 OK', 'INVITE')),
    ...ENDS,
  ],
};

let resources: AsyncDisposableStack;
beforeEach(() => {
  resources = new AsyncDisposableStack();
});
afterEach(() => resources.disposeAsync());

async function start(
  scenario: Scenario,
  options: Omit<SippOptions, 'scenario' | 'directory' | 'local'> & { port?: number } = {},
): Promise<SippProcess & { port: number }> {
  const directory = resources.use(await openTemporaryDirectory('sipp-test')).path;
  const lease = options.transport === 'tcp' ? leaseTcpPort() : leaseUdpPorts();
  const port = options.port ?? resources.use(await lease).ports[0] ?? 0;
  const process = await SippProcess.start({
    deadlineMs: 5000,
    ...options,
    scenario,
    directory,
    local: { host: HOST, port },
  });
  return Object.assign(resources.use(process), { port });
}

interface CallOptions {
  readonly callee: Partial<AnswerFlowOptions> | Scenario;
  readonly caller?: Partial<CallFlowOptions>;
  /** Hangs up on that word of the call, or when a message begins like that. */
  readonly hangUpOn?: string;
  readonly transport?: 'udp' | 'tcp';
}

/** Lets a call flow call an answer flow. */
async function call({ callee, caller, hangUpOn, transport = 'udp' }: CallOptions) {
  const messages: SippMessage[] = [];
  const words: string[] = [];
  const called: SippMessage[] = [];
  const server = await start(
    'steps' in callee
      ? callee
      : answerFlow({
          toTag: 'callee',
          contactUser: 'callee',
          description: { contentType: SDP, content: ANSWER },
          ...callee,
        }),
    { transport, onMessage: (message) => called.push(message) },
  );
  const directory = resources.use(await openTemporaryDirectory('sipp-test')).path;
  const lease = resources.use(await (transport === 'tcp' ? leaseTcpPort() : leaseUdpPorts()));
  const client: SippCall = await SippCall.start({
    call: {
      target: `sip:callee@${HOST}:${server.port}`,
      from: '"Caller" <sip:caller@example.com>',
      fromTag: 'caller',
      contactUser: 'caller',
      description: { as: 'offer', contentType: SDP, content: OFFER },
      headers: [['User-Agent', 'Test']],
      ...caller,
    },
    directory,
    transport,
    deadlineMs: 5000,
    local: { host: HOST, port: lease.ports[0] ?? 0 },
    remote: { host: HOST, port: server.port },
    onMessage: (message) => {
      if (message.isCommand) words.push(/Command: (\S+)/.exec(message.text)?.[1] ?? '');
      else messages.push(message);
      if (hangUpOn !== undefined && (message.text.startsWith(hangUpOn) || words.at(-1) === hangUpOn))
        void client.hangUp();
    },
  });
  resources.use(client);
  const [outcome, calleeOutcome] = await Promise.all([client.outcome, server.outcome]);
  const lines = messages.map(({ direction, text }) =>
    `${direction === 'sent' ? '>' : '<'} ${text.split('\r\n')[0]}`.replaceAll(/ sip:\S+| SIP\/2\.0|SIP\/2\.0 /g, ''),
  );
  return { outcome, calleeOutcome, lines, words, messages, called, client };
}

const bodyOf = (message: SippMessage | undefined): string =>
  message?.text.split('\r\n\r\n').slice(1).join('\r\n\r\n') ?? '';
const headerOf = (message: SippMessage | undefined, name: string): string =>
  new RegExp(`^${name}: (.*)\r$`, 'im').exec(message?.text ?? '')?.[1] ?? '';

describe.skipIf(!sipp.found)('a call flow against real SIPp', () => {
  it('is made, and hung up by its owner', async () => {
    const { outcome, calleeOutcome, lines, words, messages, called } = await call({ callee: {}, hangUpOn: 'answered' });
    expect(lines).toEqual(['> INVITE', '< 180 Ringing', '< 200 OK', '> ACK', '> BYE', '< 200 OK']);
    expect(words).toEqual(['calling', 'answered', 'hang-up', 'ended']);
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
    expect(outcome).toMatchObject({
      statistics: { calls: { outgoing: 1, successful: 1, failed: 0 }, failures: {} },
      errors: [],
    });
    const bye = messages.find(({ text }) => text.startsWith('BYE'));
    expect(headerOf(bye, 'To')).toContain('tag=callee');
    expect(headerOf(bye, 'CSeq')).toBe('2 BYE');
    // What literal text says arrives as it is.
    expect(bodyOf(called.find(({ text }) => text.startsWith('INVITE')))).toBe(OFFER);
  });

  it('works over TCP', async () => {
    const { outcome, calleeOutcome } = await call({ callee: {}, hangUpOn: 'answered', transport: 'tcp' });
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
  });

  it('is hung up by the other side', async () => {
    const { outcome, calleeOutcome, lines } = await call({ callee: { hangUpAfterMs: 20 } });
    expect(lines.slice(-2)).toEqual(['< BYE', '> 200 OK']);
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
  });

  it('answers what the other side asks in the call, a re-INVITE with its description', async () => {
    const body = { contentType: SDP, content: ANSWER };
    const asks = [
      { method: 'INFO' },
      { method: 'OPTIONS' },
      { method: 'UPDATE', body },
      { method: 'INVITE', body },
      { method: 'INFO' },
    ];
    const { outcome, calleeOutcome, lines, called } = await call({ callee: { asks, hangUpAfterMs: 20 } });
    expect(lines.filter((line) => line.startsWith('<')).slice(2)).toEqual([
      '< INFO',
      '< OPTIONS',
      '< UPDATE',
      '< INVITE',
      '< ACK',
      '< INFO',
      '< BYE',
    ]);
    expect(
      bodyOf(called.find(({ direction, text }) => direction === 'received' && /^CSeq: 4 INVITE/m.test(text))),
    ).toBe(OFFER);
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
  });

  it('keeps the dialog after requests of the other side', async () => {
    const { messages, outcome } = await call({ callee: { asks: [{ method: 'INFO' }] }, hangUpOn: 'INFO' });
    const bye = messages.find(({ text }) => text.startsWith('BYE'));
    expect(headerOf(bye, 'To')).toBe(
      headerOf(
        messages.find(({ text }) => text.startsWith('ACK')),
        'To',
      ),
    );
    expect(headerOf(bye, 'From')).toBe('"Caller" <sip:caller@example.com>;tag=caller');
    expect(outcome.kind).toBe('completed');
  });

  it.each([302, 403, 486, 503, 603])(
    'acknowledges a refusal with %i in the transaction of its INVITE',
    async (statusCode) => {
      const { outcome, calleeOutcome, lines, messages, words } = await call({
        callee: { refuse: { statusCode, reasonPhrase: 'No' } },
      });
      expect(lines).toEqual(['> INVITE', '< 180 Ringing', `< ${statusCode} No`, '> ACK']);
      expect(words).toEqual(['calling', 'ended']);
      const branches = messages
        .filter(({ direction }) => direction === 'sent')
        .map((m) => /branch=([^;\r]+)/.exec(m.text)?.[1]);
      expect(new Set(branches).size).toBe(1);
      expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
    },
  );

  it('cancels before the answer', async () => {
    const { outcome, calleeOutcome, lines } = await call({ callee: CANCELLED, hangUpOn: 'SIP/2.0 180' });
    expect(lines).toEqual(['> INVITE', '< 180 Ringing', '> CANCEL', '< 200 OK', '< 487 Request Terminated', '> ACK']);
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
  });

  it('ends a call whose answer overtook the CANCEL', async () => {
    const { outcome, calleeOutcome, lines } = await call({ callee: ANSWERED_AND_CANCELLED, hangUpOn: 'SIP/2.0 180' });
    expect(lines).toEqual(['> INVITE', '< 180 Ringing', '> CANCEL', '< 200 OK', '> ACK', '> BYE', '< 200 OK']);
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
  });

  it('answers a challenge', async () => {
    const { outcome, calleeOutcome, lines, called } = await call({
      callee: CHALLENGING,
      caller: { credentials: { username: 'alice', password: 'secret' } },
      hangUpOn: 'answered',
    });
    expect(lines).toEqual([
      '> INVITE',
      '< 401 Unauthorized',
      '> ACK',
      '> INVITE',
      '< 200 OK',
      '> ACK',
      '> BYE',
      '< 200 OK',
    ]);
    expect(called.some(({ text }) => /^Authorization: Digest username="alice"/im.test(text))).toBe(true);
    expect([outcome.kind, calleeOutcome.kind]).toEqual(['completed', 'completed']);
  });

  it('makes a late offer: INVITE without a description, the answer in ACK', async () => {
    const { outcome, messages } = await call({
      callee: {},
      caller: { description: { as: 'answer', contentType: SDP, content: ANSWER } },
      hangUpOn: 'answered',
    });
    expect(bodyOf(messages.find(({ text }) => text.startsWith('INVITE')))).toBe('');
    expect(bodyOf(messages.find(({ text }) => text.startsWith('ACK')))).toBe(ANSWER);
    expect(outcome.kind).toBe('completed');
  });
});

describe.skipIf(!sipp.found)('the outcome of real SIPp', () => {
  it('names the message that was unexpected, and what was expected', async () => {
    const { outcome, calleeOutcome } = await call({ callee: { name: 'BYE only', asks: [{ method: 'PUBLISH' }] } });
    expect(outcome).toMatchObject({
      kind: 'failed',
      cause: 'unexpected-message',
      unexpected: { received: expect.stringContaining('PUBLISH sip:') },
    });
    expect(calleeOutcome).toMatchObject({
      kind: 'failed',
      cause: 'unexpected-message',
      unexpected: { received: 'BYE' },
    });
  });

  it('is timed out where nobody answers', async () => {
    const { outcome } = await timeOut(receiveResponse(200, { timeoutMs: 50 }));
    expect(outcome).toMatchObject({ kind: 'timed-out', cause: 'receive-timeout' });
  });

  it('is timed out at the deadline', async () => {
    const process = await start(answerFlow({ toTag: 'x', contactUser: 'x' }), { deadlineMs: 100 });
    expect(await process.outcome).toMatchObject({ kind: 'timed-out', cause: 'deadline' });
  });

  it('is stopped by its owner or by a signal', async () => {
    const process = await start(answerFlow({ toTag: 'x', contactUser: 'x' }));
    expect((await process.stop()).kind).toBe('stopped');
    const aborted = await start(answerFlow({ toTag: 'x', contactUser: 'x' }), { signal: AbortSignal.abort() });
    expect((await aborted.outcome).kind).toBe('stopped');
  });

  it('is refused where the port is taken', async () => {
    const taken = createSocket('udp4').bind(0, HOST);
    await once(taken, 'listening');
    const process = await start(answerFlow({ toTag: 'x', contactUser: 'x' }), { port: taken.address().port });
    expect(await process.outcome).toMatchObject({ kind: 'refused', cause: 'port-unavailable' });
    taken.close();
  });

  it('is refused where SIPp does not take the scenario', async () => {
    const process = await start({
      name: 'uses what it never sets',
      steps: [pause(1), perform({ nextIf: 'never', next: 'x' }), { kind: 'label', label: 'x' }, pause(1)],
    });
    expect(await process.outcome).toMatchObject({
      kind: 'refused',
      cause: 'bad-scenario-or-option',
      text: expect.stringContaining('never'),
    });
  });

  it('counts many calls without tracing them', async () => {
    const server = await start(
      { name: 'answers', steps: [receiveRequest('OPTIONS'), send(reply('200 OK', 'OPTIONS'))] },
      { calls: 'endless', tracesMessages: false },
    );
    const client = await start(
      {
        name: 'asks',
        steps: [send(optionsRequest(), { startTimer: 'answer' }), receiveResponse(200, { stopTimer: 'answer' })],
      },
      { calls: 500, callRate: 5000, tracesMessages: false, remote: { host: HOST, port: server.port } },
    );
    expect(await client.outcome).toMatchObject({
      kind: 'completed',
      statistics: { calls: { outgoing: 500, successful: 500 }, responseTimesMs: { answer: expect.any(Number) } },
    });
    expect(await client.screen()).toContain('OPTIONS');
  });

  async function timeOut(step: ReturnType<typeof receiveResponse>) {
    const silent = createSocket('udp4').bind(0, HOST);
    await once(silent, 'listening');
    resources.defer(() => void silent.close());
    const process = await start(
      { name: 'asks', steps: [send(optionsRequest()), step] },
      { remote: { host: HOST, port: silent.address().port } },
    );
    return { outcome: (await process.outcome) satisfies SippOutcome };
  }
});

function optionsRequest(): Text {
  return sip`OPTIONS sip:x@${HOST} SIP/2.0
    Via: SIP/2.0/UDP ${keyword.localAddress}:${keyword.localPort};branch=${keyword.branch}
    From: <sip:a@example.com>;tag=1
    To: <sip:x@${HOST}>
    Call-ID: ${keyword.callId}
    CSeq: 1 OPTIONS
    Content-Length: 0`;
}
