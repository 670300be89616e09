import { parseMessage as parseBfcp } from '@plugfest/bfcp';
import {
  DelayBasedRate,
  demultiplex,
  parseRtcpCompound,
  parseRtp,
  SentTransportPackets,
  SrtpContext,
  TransportArrivals,
  transportSequenceNumber,
} from '@plugfest/rtp';
import { answerOffer, FULL_CAPABILITIES, type LocalSession, lintSdp, parseSdp } from '@plugfest/sdp';
import { lintMessage, parseMessage, parseNameAddr, parseSipUri, readXml, StreamFramer } from '@plugfest/sip';
import { capturedSip } from '@plugfest/wire';

/** A parser of peers' bytes. */
export interface Target {
  /** Folders of the test data whose files are its seeds. */
  readonly folders: readonly string[];
  /** A seed that is there without test data. */
  readonly seed: string;
  readonly take: (bytes: Uint8Array) => unknown;
}

/** Numbered packets both ways, of which `path` is told by every input. */
const path = {
  sent: new SentTransportPackets(),
  rate: new DelayBasedRate(),
  arrivals: new TransportArrivals(),
  nowUs: 0,
};

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const OPTIONS =
  'OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';
const SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 96\r\na=rtpmap:96 opus/48000/2\r\n';
const RTP = '\x80\x60\x00\x01\x00\x00\x00\x01\x00\x00\x00\x01payload';

const srtp = new SrtpContext({ suite: 'AES_CM_128_HMAC_SHA1_80', key: new Uint8Array(16), salt: new Uint8Array(14) });

export const TARGETS: Readonly<Record<string, Target>> = {
  'sip-datagram': { folders: ['sip'], seed: OPTIONS, take: (bytes) => [parseMessage(bytes), lintMessage(bytes)] },
  'sip-stream': { folders: ['sip'], seed: OPTIONS, take: pushInPieces },
  uri: {
    folders: [],
    seed: 'sips:alice:secret@[2001:db8::1]:5061;transport=tcp;lr?Subject=a%20b',
    take: (bytes) => [parseSipUri(text(bytes)), parseNameAddr(text(bytes))],
  },
  sdp: { folders: ['sdp'], seed: SDP, take: (bytes) => [parseSdp(text(bytes)), lintSdp(text(bytes))] },
  'offer-answer': { folders: ['sdp/rfc4317', 'sdp/rfc8829', 'sdp/rfc4568'], seed: SDP, take: answer },
  rtp: { folders: ['stun', 'rtcp'], seed: RTP, take: (bytes) => [demultiplex(bytes), parseRtp(bytes)] },
  rtcp: { folders: ['rtcp'], seed: '\x80\xc8\x00\x06\x00\x00\x00\x01aaaaaaaaaaaaaaaaaaaa', take: parseRtcpCompound },
  'transport-cc': {
    folders: ['rtcp'],
    seed: '\x80\xc9\x00\x01\x00\x00\x00\x01\x8f\xcd\x00\x05\x00\x00\x00\x01\x00\x00\x00\x02\x00\x01\x00\x02\x00\x00\x01\x00\x20\x02\x04\x04',
    take: tellPath,
  },
  srtp: { folders: ['rtcp'], seed: RTP, take: (bytes) => [srtp.unprotectRtp(bytes), srtp.unprotectRtcp(bytes)] },
  bfcp: { folders: ['bfcp'], seed: '\x20\x0b\x00\x00\x00\x00\x00\x01\x00\x01\x00\x02', take: parseBfcp },
  xml: {
    folders: ['sip/pjsip-xml-fuzz-seeds'],
    seed: '<?xml version="1.0"?><x:a xmlns:x="u" b="&amp;&#x41;"><c/><![CDATA[<]]><!-- d -->e&lt;</x:a>',
    take: (bytes) => readXml(Buffer.from(bytes).toString()),
  },
  pcap: {
    folders: ['pcap'],
    seed: '\xd4\xc3\xb2\xa1\x02\x00\x04\x00',
    take: (bytes) => capturedSip(Buffer.from(bytes)),
  },
};

/** Both kinds of media, and keys of both kinds: an answer uses what the offer asks for. */
const LOCAL: LocalSession = {
  origin: { sessionId: '1', sessionVersion: 1 },
  address: '127.0.0.1',
  media: (['audio', 'video'] as const).map((kind, at) => ({
    kind,
    rtpPort: 4000 + 2 * at,
    sdes: { key: new Uint8Array(16), salt: new Uint8Array(14) },
    dtls: { fingerprint: { algorithm: 'sha-256', value: new Array(32).fill('00').join(':') } },
    ice: { ufrag: 'abcd', pwd: 'abcdefghijklmnopqrstuv', candidates: [] },
  })),
};

/** As feedback about what was sent meanwhile, and as a packet that arrives with a number. */
function tellPath(bytes: Uint8Array): void {
  path.nowUs += 20_000;
  for (let n = 0; n < 4; n++) path.sent.send(1000, path.nowUs);
  const compound = parseRtcpCompound(bytes);
  for (const packet of compound.ok ? compound.value : []) {
    if (packet.type === 'transport-cc') path.rate.take(path.sent.take(packet), path.nowUs);
  }
  const rtp = parseRtp(bytes);
  const number = rtp.ok ? transportSequenceNumber(rtp.value, 3) : undefined;
  path.arrivals.arrived(number ?? (bytes.at(-1) ?? 0) * 200, path.nowUs);
  path.arrivals.feedback();
}

/** In pieces whose size the bytes say themselves. */
function pushInPieces(bytes: Uint8Array): void {
  const framer = new StreamFramer();
  const size = 1 + ((bytes[0] ?? 0) % 61);
  for (let at = 0; at < bytes.length; at += size) framer.push(bytes.slice(at, at + size));
}

function answer(bytes: Uint8Array): unknown {
  const offer = parseSdp(text(bytes));
  return offer.ok ? answerOffer(offer.value, { ...FULL_CAPABILITIES, transportCc: true }, LOCAL) : undefined;
}
