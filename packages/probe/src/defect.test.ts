import { formatRtp, parseRtp } from '@plugfest/rtp';
import { createRequest, createResponse, header, type SipMessage } from '@plugfest/sip';
import { describe, expect, it } from 'vitest';
import { answers, type Defect, describesItselfAs, ignores, refusesInvite, sendsRtp, takesRtp } from './defect.ts';
import { describedIn, Exchange, type Way } from './exchange.ts';
import { answerTo, describe as describeSections, h264, PCMU } from './media-sections.ts';

const invite = (sequence: number) =>
  createRequest({
    method: 'INVITE',
    uri: 'sip:x@y.example',
    from: '<sip:a@y.example>;tag=1',
    to: '<sip:x@y.example>',
    callId: 'c',
    sequence,
  });
const SDP = describeSections([PCMU, h264(undefined)], [4000, 4002], 1);
const ok = (sequence: number): SipMessage =>
  createResponse(invite(sequence), {
    statusCode: 200,
    toTag: '2',
    body: { contentType: 'application/sdp', body: Buffer.from(SDP) },
  });

/** What becomes of messages on their way, one after the other. */
function through(defect: Defect, ...said: (readonly [Way, SipMessage])[]): SipMessage[] {
  const seen = new Exchange();
  return said.flatMap(([way, message], atUs) => {
    const note = (one: SipMessage) =>
      void seen.messages.push({ party: 'a', way, atUs, transport: 'udp', message: one });
    if (way === 'sent') note(message);
    const passed = defect.sip?.(message, way, seen) ?? [message];
    if (way === 'received') passed.forEach(note);
    return [...passed];
  });
}

const statuses = (messages: readonly SipMessage[]): unknown[] =>
  messages.map((one) => (one.kind === 'response' ? one.statusCode : one.method));

describe('a defect', () => {
  it('refuses INVITEs from the nth on, with the tag of who would have taken them', () => {
    const passed = through(
      refusesInvite(488, 'No', 1),
      ['sent', invite(1)],
      ['received', ok(1)],
      ['sent', invite(2)],
      ['received', ok(2)],
    );
    expect(statuses(passed)).toEqual(['INVITE', 200, 'INVITE', 488]);
    expect(header(passed[3] as SipMessage, 'To')).toContain('tag=2');
    expect((passed[3] as SipMessage).body).toHaveLength(0);
  });

  it('describes itself otherwise, and the length fits', () => {
    const [passed] = through(
      describesItselfAs((sdp) => sdp.slice(0, sdp.indexOf('m=video'))),
      ['received', ok(1)],
    );
    expect(describedIn(passed as SipMessage)?.media.map(({ kind }) => kind)).toEqual(['audio']);
    expect(header(passed as SipMessage, 'Content-Length')).toBe(`${passed?.body.length}`);
  });

  it('does not take note of what it ignores, from the nth on', () => {
    expect(statuses(through(ignores('INVITE', 1), ['sent', invite(1)], ['sent', invite(2)]))).toEqual(['INVITE']);
    expect(through(ignores('INVITE'), ['sent', invite(1)])).toEqual([]);
  });

  it('answers with another status', () => {
    expect(statuses(through(answers('INVITE', 481, 'No'), ['received', ok(1)]))).toEqual([481]);
  });

  it.each([
    ['sends', sendsRtp, 'received', 'sent'],
    ['takes', takesRtp, 'sent', 'received'],
  ] as const)('%s other RTP, one way only, and lets all else pass', (_, of, changed, untouched) => {
    const packet = {
      payloadType: 0,
      marker: false,
      sequenceNumber: 1,
      timestamp: 1,
      ssrc: 1,
      csrcs: [],
      payload: Uint8Array.of(1),
    };
    const datagram = { line: 0, onRtcpPort: false, bytes: formatRtp(packet) };
    const { media } = of((one) => [{ ...one, payloadType: 96 }]);
    const types = (way: Way): unknown =>
      media?.(datagram, way, new Exchange()).map(({ bytes }) => {
        const parsed = parseRtp(bytes);
        return parsed.ok && parsed.value.payloadType;
      });
    expect(types(changed)).toEqual([96]);
    expect(types(untouched)).toEqual([0]);
    const stun = { ...datagram, bytes: Uint8Array.of(0, 1, 0, 0) };
    expect(media?.(stun, changed, new Exchange())).toEqual([stun]);
  });
});

describe('sections', () => {
  it('have the port of their place, or none', () => {
    const sdp = describeSections([PCMU, ['video=0 RTP/AVP 97']], [4000, 4002], 3);
    expect(sdp).toContain('m=audio 4000 RTP/AVP 0 101\r\n');
    expect(sdp).toContain('m=video 0 RTP/AVP 97\r\n');
    expect(sdp).toContain('o=- 1 3 IN IP4');
  });

  it('answer an offer line by line, in its profiles, and switch off what is not taken', () => {
    const offer = describedIn(ok(1));
    const answer = offer && answerTo(offer, { video: h264(undefined, { payloadType: 118, protocol: 'RTP/AVP' }) });
    expect(answer?.map(([mLine]) => mLine)).toEqual(['audio=0 RTP/AVP 0 101', 'video RTP/AVPF 118']);
  });
});
