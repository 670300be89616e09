import type { RunEvent } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { peersAreAnswered, peersEndWell } from '../expectations.ts';
import { judge } from './judge.ts';
import { goodTrace } from './trace-fixture.ts';

const ADDRESS = '127.0.0.1:20000';
const event = (type: string, data: Record<string, unknown>): RunEvent => ({ atUs: 1, type, data });
const opened = event('peer.opened', { peer: 'peer', addresses: [ADDRESS] });
const ended = (...codes: (number | null)[]): RunEvent =>
  event('peer.ended', {
    peer: 'peer',
    exits: codes.map((code) => ({ code, signal: code === null ? 'SIGKILL' : null, said: 'no answer' })),
  });

/** One message at the bridge; the peer's connection comes from a port of its own. */
function sip(from: 'peer' | 'bridge', start: string, { cseq = '1 OPTIONS', tag = 'a', callId = 'one' } = {}): RunEvent {
  const message = [
    start,
    `Via: SIP/2.0/TCP ${ADDRESS};branch=z9hG4bK${callId}`,
    `From: <sip:peer@${ADDRESS}>;tag=${tag}`,
    'To: <sip:meeting@conference.example>',
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    '',
    '',
  ].join('\r\n');
  const [source, destination] = ['127.0.0.1:40000', '127.0.0.1:5060'];
  return event('sip.message', { transport: 'tcp', source, destination, from, to: 'other', message });
}

const asks = (about = {}): RunEvent => sip('peer', 'OPTIONS sip:meeting@conference.example SIP/2.0', about);
const answers = (status: string, about = {}): RunEvent => sip('bridge', `SIP/2.0 ${status}`, about);

function verdictOf(...events: RunEvent[]): string {
  const trace = structuredClone(goodTrace());
  const exchanges = [{ method: 'OPTIONS', by: 'bridge' as const, statusCode: 200, count: 2 }];
  const peers = [{ id: 'peer', name: 'a peer', profile: 'test', exchanges }];
  const plan = { ...trace.plan, peers, expectations: [peersEndWell(), peersAreAnswered()] };
  return judge({ ...trace, plan, events: [opened, ...events] }).verdict;
}

const TWICE = [asks(), answers('200 OK'), asks({ callId: 'two' }), answers('200 OK', { callId: 'two' })];

describe('a peer that only signals', () => {
  it('passes where all its processes end with 0 and all that it asked was answered', () => {
    expect(verdictOf(...TWICE, ended(0, 0))).toBe('pass');
  });

  it('passes where a request came twice', () => {
    expect(verdictOf(asks(), ...TWICE, ended(0))).toBe('pass');
  });

  it('tells two calls apart that have one Call-ID', () => {
    const second = { tag: 'b' };
    expect(verdictOf(asks(), answers('200 OK'), asks(second), answers('200 OK', second), ended(0))).toBe('pass');
    expect(verdictOf(asks(), answers('200 OK'), asks(second), ended(0))).toBe('fail');
  });

  it.each([
    ['a process failed', [...TWICE, ended(0, 1)]],
    ['a process was killed', [...TWICE, ended(null)]],
    ['it never ended', TWICE],
    ['too little was asked', [asks(), answers('200 OK'), ended(0)]],
    ['one was refused', [...TWICE, asks({ callId: 'three' }), answers('404 Not Found', { callId: 'three' }), ended(0)]],
    ['one was only tried', [asks(), answers('100 Trying'), ...TWICE.slice(2), ended(0)]],
    ['nothing was asked', [ended(0)]],
  ])('fails where %s', (_, events) => {
    expect(verdictOf(...events)).toBe('fail');
  });

  it('does not take the calls of others for its own', () => {
    const foreign = [asks(), answers('200 OK')].map((one) => ({
      ...one,
      data: {
        ...one.data,
        message: String(one.data.message).replaceAll(ADDRESS, '127.0.0.1:30000').replaceAll('one', 'other'),
      },
    }));
    expect(verdictOf(...foreign, ...TWICE.slice(2), ended(0))).toBe('fail');
  });
});
