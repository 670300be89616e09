/**
 * How many INVITEs of 1.3 kB a second of CPU each parser reads, structured: start line, Via, From, To, Contact, CSeq and URIs apart, not only
 * lines cut. Goals: at least 1.5 times drachtio-sip's and sip's rate, 25 times JsSIP's.
 *
 *     npm run bench:parse [-- --json]
 *
 * The other parsers are brought once into `.cache/benchmarks` by npm; they are no dependencies of the project.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cacheDirectory } from '@plugfest/host';
import { addressOf, cseqOf, headerValues, parseMessage, parseNameAddr, parseSipUri, topVia } from '@plugfest/sip';

const OTHERS = ['drachtio-sip@0.6.3', 'sip@0.0.6', 'jssip@3.10.1'];
const GOALS: Readonly<Record<string, number>> = { 'drachtio-sip': 1.5, sip: 1.5, jssip: 25 };
const ROUNDS = 7;
const ROUND_MS = 300;

const SDP = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 49170 RTP/AVP 0 8 9 101',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:9 G722/8000',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'm=video 51372 RTP/AVP 97 98',
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 profile-level-id=42e01f;packetization-mode=1',
  'a=rtpmap:98 VP8/90000',
  'a=rtcp-fb:* nack pli',
  '',
].join('\r\n');

export const INVITE = Buffer.from(
  [
    'INVITE sip:meeting@conference.corp.example SIP/2.0',
    'Via: SIP/2.0/UDP edge.corp.example:5060;branch=z9hG4bK-524287-1---6a1b2c3d4e5f;rport',
    'Via: SIP/2.0/TCP 127.0.0.1:5062;branch=z9hG4bK87asdks7;received=127.0.0.1',
    'Max-Forwards: 69',
    'Record-Route: <sip:edge.corp.example;transport=tcp;lr>',
    'Contact: "Anna Andersson" <sip:anna@127.0.0.1:5062;transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"',
    'To: "The meeting" <sip:meeting@conference.corp.example>',
    'From: "Anna Andersson" <sip:anna@corp.example>;tag=88sja8x',
    'Call-ID: 987asjd97y7atg@127.0.0.1',
    'CSeq: 986759 INVITE',
    'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY',
    'Supported: replaces, timer, 100rel, outbound',
    'User-Agent: Plugfest benchmark',
    'Session-Expires: 1800;refresher=uac',
    'Content-Type: application/sdp',
    `Content-Length: ${SDP.length}`,
    '',
    SDP,
  ].join('\r\n'),
  'latin1',
);

/** Reads everything that a user agent looks at; returns a number that depends on it, so that nothing is optimised away. */
export type Reader = (bytes: Buffer) => number;

const ours: Reader = (bytes) => {
  const parsed = parseMessage(bytes);
  if (!parsed.ok || parsed.value.kind !== 'request') throw new Error('not read');
  const message = parsed.value;
  const uri = parseSipUri(message.uri);
  const contact = addressOf(message, 'Contact');
  const contactUri = parseSipUri(contact?.uri ?? '');
  const [from, to] = [addressOf(message, 'From'), addressOf(message, 'To')];
  const routes = headerValues(message, 'Record-Route').map((value) => parseNameAddr(value));
  const isRead = uri.ok && contactUri.ok && from && to && routes.every((route) => route.ok);
  if (!isRead) throw new Error('not read');
  return (topVia(message)?.parameters.length ?? 0) + (cseqOf(message)?.number ?? 0) + message.body.length;
};

/** Messages a CPU second, the best of several rounds: what else the machine does only makes it less. */
function rateOf(read: Reader): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const since = process.cpuUsage();
    const endMs = performance.now() + ROUND_MS;
    let messages = 0;
    for (; performance.now() < endMs; messages += 100) for (let n = 0; n < 100; n++) read(INVITE);
    const { user, system } = process.cpuUsage(since);
    best = Math.max(best, (messages / (user + system)) * 1e6);
  }
  return best;
}

function others(): Record<string, Reader> {
  const directory = join(cacheDirectory(), 'benchmarks');
  if (!OTHERS.every((each) => existsSync(join(directory, 'node_modules', each.slice(0, each.lastIndexOf('@')))))) {
    mkdirSync(directory, { recursive: true });
    execFileSync('npm', ['install', '--prefix', directory, '--ignore-scripts', '--no-audit', '--no-fund', ...OTHERS], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  const require = createRequire(join(directory, 'package.json'));
  const Drachtio = require('drachtio-sip').SipMessage;
  const sip = require('sip');
  const jssip = require('jssip/lib/Parser.js');
  const text = (bytes: Buffer): string => bytes.toString('latin1');
  return {
    'drachtio-sip': (bytes) => {
      const message = new Drachtio(text(bytes));
      const headers = ['via', 'from', 'to', 'contact', 'cseq', 'record-route'].map((each) =>
        message.getParsedHeader(each),
      );
      return headers[4].seq + message.body.length;
    },
    sip: (bytes) => {
      const message = sip.parse(text(bytes));
      const uris = [message.uri, message.headers.contact[0].uri, message.headers.from.uri, message.headers.to.uri];
      return message.headers.cseq.seq + uris.map((each) => sip.parseUri(each).host.length).length;
    },
    jssip: (bytes) => {
      const message = jssip.parseMessage(text(bytes), { configuration: {} });
      const headers = ['via', 'from', 'to', 'contact', 'cseq', 'record-route'].map((each) => message.parseHeader(each));
      return headers.length + message.cseq;
    },
  };
}

const readers: Record<string, Reader> = { plugfest: ours, ...others() };
const rates = Object.fromEntries(Object.entries(readers).map(([name, read]) => [name, rateOf(read)]));
const ratios = Object.entries(GOALS).map(([name, goal]) => ({
  name,
  goal,
  ratio: (rates.plugfest as number) / (rates[name] as number),
}));
if (process.argv.includes('--json')) console.log(JSON.stringify({ octets: INVITE.length, rates, ratios }));
else {
  console.log(`an INVITE of ${INVITE.length} octets, read whole, messages a CPU second`);
  for (const [name, rate] of Object.entries(rates)) console.log(`  ${name.padEnd(14)} ${Math.round(rate)}`);
  for (const { name, goal, ratio } of ratios)
    console.log(`plugfest ÷ ${name}: ${ratio.toFixed(2)} (goal ${goal}: ${ratio >= goal ? 'met' : 'missed'})`);
}
process.exitCode = ratios.every(({ goal, ratio }) => ratio >= goal) ? 0 : 1;
