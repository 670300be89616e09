import type { RtpPacket } from '@plugfest/rtp';
import { parseSdp } from '@plugfest/sdp';
import { describe, expect, test } from 'vitest';
import type { CertifiedTrace, TracedMedia } from './certified-trace.ts';
import { RTP_REQUIREMENTS } from './rtp-requirements.ts';

const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 9 RTP/AVPF 96 97\r\na=rtpmap:96 H264/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n';

/** Ten seconds of video of 100 octets a packet, with so many octets of reports. */
function media(
  bandwidthBps: number | undefined,
  reportBytes: number,
  others: readonly Partial<RtpPacket>[] = [],
): TracedMedia {
  const parsed = parseSdp(SDP);
  if (!parsed.ok || !parsed.value.media[0]) throw new Error('the description of the test');
  const packet = { payloadType: 96, ssrc: 1, marker: true, csrcs: [], payload: new Uint8Array(88) };
  const rtp = [...Array.from({ length: 100 }, () => ({})), ...others].map((other, i) => ({
    atUs: i * 100_000,
    packet: { ...packet, sequenceNumber: i, timestamp: i * 9000, ...other } as RtpPacket,
  }));
  const rtcp = [{ atUs: 0, payload: new Uint8Array(reportBytes - 28) }];
  const [offered] = parsed.value.media;
  return { kind: 'video', offered, answered: offered, bandwidthBps, rtp, rtcp };
}

function decide(name: string, of: TracedMedia) {
  const row = RTP_REQUIREMENTS.find(({ id }) => id === `${name}/video`);
  if (!row) throw new Error(`no row ${name}`);
  const trace: CertifiedTrace = { endpoint: 'subject', checks: [], messages: [], media: [of] };
  return row.decide(trace).outcome;
}

describe('SSRC', () => {
  test('a retransmission has one of its own; a stream that changes its own fails', () => {
    const again = Array.from({ length: 30 }, () => ({ payloadType: 97, ssrc: 2 }));
    expect(decide('rfc3550/5.1/ssrc', media(undefined, 100, again))).toBe('pass');
    expect(decide('rfc3550/5.1/ssrc', media(undefined, 100, [{ ssrc: 2 }]))).toBe('fail');
  });
});

describe("RTCP's share", () => {
  // 12 800 octets are sent in 9.9 s.
  test('is of what was sent, or of what a description plans for', () => {
    expect(decide('rfc3550/6.2/rtcp-share', media(undefined, 600))).toBe('pass');
    expect(decide('rfc3550/6.2/rtcp-share', media(1_000_000, 6000))).toBe('pass');
    expect(decide('rfc3550/6.2/rtcp-share', media(20_000, 6000))).toBe('fail');
  });

  test('is not held against a stream that needs little where nothing says what was planned', () => {
    expect(decide('rfc3550/6.2/rtcp-share', media(undefined, 6000))).toBe('not-exercised');
  });
});
