import { formatRtcpCompound, formatRtp } from '@plugfest/rtp';
import { createRequest, createResponse, type SipMessage, type SipRequest } from '@plugfest/sip';
import { describe, expect, it } from 'vitest';
import { Exchange, NoEvidence, type Way } from './exchange.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n';

function request(method: string, sequence: number, callId = 'one'): SipRequest {
  return createRequest({
    method,
    uri: 'sip:x@y.example',
    from: '<sip:a@y.example>;tag=1',
    to: '<sip:x@y.example>',
    callId,
    sequence,
  });
}

const answer = (to: SipRequest, statusCode: number, sdp?: string): SipMessage =>
  createResponse(to, {
    statusCode,
    toTag: '2',
    ...(sdp === undefined ? {} : { body: { contentType: 'application/sdp', body: Buffer.from(sdp) } }),
  });

function exchangeOf(...said: (readonly [Way, SipMessage])[]): Exchange {
  return new Exchange(
    said.map(([way, message], at) => ({ party: at % 2 === 0 ? 'a' : 'b', way, atUs: at, transport: 'udp', message })),
  );
}

describe('an exchange', () => {
  const invite = request('INVITE', 1);

  it('has one final response for each request, however often it came', () => {
    const again = request('INVITE', 2);
    const exchange = exchangeOf(
      ['sent', invite],
      ['received', answer(invite, 180)],
      ['received', answer(invite, 200)],
      ['received', answer(invite, 200)],
      ['received', answer(again, 488)],
    );
    expect(exchange.finals('INVITE').map(({ statusCode }) => statusCode)).toEqual([200, 488]);
    expect(exchange.final('INVITE', 1).statusCode).toBe(488);
  });

  it('tells requests of two calls apart', () => {
    const other = request('INVITE', 1, 'two');
    expect(
      exchangeOf(['received', answer(invite, 200)], ['received', answer(other, 486)]).finals('INVITE'),
    ).toHaveLength(2);
  });

  it('throws NoEvidence where there is nothing to look at, and says what was waited for', () => {
    const silent = exchangeOf(['sent', invite]);
    silent.silence = 'a final response';
    expect(() => silent.final('INVITE')).toThrow(NoEvidence);
    expect(() => silent.final('INVITE')).toThrow('a final response');
    expect(() => silent.someRtp(0)).toThrow(NoEvidence);
    expect(() => exchangeOf(['received', answer(invite, 200)]).answer()).toThrow(NoEvidence);
  });

  it('reads the description of an answer', () => {
    const exchange = exchangeOf(['received', answer(invite, 200, SDP)]);
    expect(exchange.answer().media.map(({ kind, port }) => [kind, port])).toEqual([['audio', 4000]]);
  });

  it('gives one party its own words only', () => {
    const exchange = exchangeOf(['sent', invite], ['received', answer(invite, 200)]);
    expect(exchange.of('a').messages).toHaveLength(1);
    expect(exchange.of('b').final('INVITE').statusCode).toBe(200);
    expect(exchange.since(1).messages).toHaveLength(1);
  });

  it('sorts media by line, port and way', () => {
    const rtp = formatRtp({
      payloadType: 0,
      marker: false,
      sequenceNumber: 7,
      timestamp: 1,
      ssrc: 9,
      csrcs: [],
      payload: Uint8Array.of(1),
    });
    const rtcp = formatRtcpCompound([{ type: 'receiver-report', ssrc: 9, reports: [] }]);
    const packet = { party: 'a', atUs: 1, line: 0 };
    const exchange = new Exchange(
      [],
      [
        { ...packet, way: 'received', onRtcpPort: false, bytes: rtp },
        { ...packet, way: 'received', onRtcpPort: true, bytes: rtcp },
        { ...packet, way: 'sent', onRtcpPort: false, bytes: rtp },
        { ...packet, way: 'received', line: 1, onRtcpPort: false, bytes: Uint8Array.of(255) },
      ],
    );
    expect(exchange.rtp(0).map(({ sequenceNumber }) => sequenceNumber)).toEqual([7]);
    expect(exchange.rtcp(0)).toMatchObject([{ type: 'receiver-report', onRtcpPort: true }]);
    expect(exchange.rtp(1)).toEqual([]);
  });
});
