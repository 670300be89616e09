import { hostClock } from '@plugfest/host';
import { ok, seededRandom } from '@plugfest/model';
import { header, parseMessage, stampReceived } from '@plugfest/sip';
import { DEFAULT_TRANSPORT_LIMITS, UserAgent } from '@plugfest/sip-node';

const remote = { host: '127.0.0.1', port: 5061 },
  local = { host: '127.0.0.1', port: 5060 };
let sent: Uint8Array[] = [];
const flow = {
  id: 'udp',
  transport: 'udp',
  local,
  remote,
  reliable: false,
  outbound: false,
  peerIdentity: [],
  closed: false,
  send: (b: Uint8Array) => void sent.push(b),
  close() {},
} as any;
const transport: any = {
  addresses: [{ transport: 'udp', ...local }],
  connectionCount: 0,
  counters: {},
  limits: DEFAULT_TRANSPORT_LIMITS,
  addressFor: () => ({ transport: 'udp', ...local }),
  flowById: () => undefined,
  flowTo: async () => ok(flow),
  datagramFlow: () => flow,
  close: async () => {},
};
const ua = await UserAgent.open({
  clock: hostClock,
  random: seededRandom(1),
  aor: 'sip:service@callee.example',
  userAgentHeader: 'x',
  listen: [],
  transport,
});
const ANSWER = {
  contentType: 'application/sdp',
  body: Buffer.from(
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n',
  ),
};
let ended = 0;
ua.onInvite = (s) => {
  s.ring();
  s.accept(ANSWER);
  void s.terminated.then(() => ended++);
};
function feed(text: string) {
  const b = Buffer.from(text, 'latin1');
  const m = parseMessage(b);
  if (m.ok) transport.onMessage(m.value.kind === 'request' ? stampReceived(m.value, remote) : m.value, flow);
  else throw new Error(m.error.text);
}
const sdp =
  'v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';
async function call(n: number) {
  const head = (m: string, br: string, tag: string, seq: number, body = '') =>
    `${m} sip:service@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-${n}-${br}\r\nFrom: sipp <sip:sipp@127.0.0.1:5061>;tag=T${n}\r\nTo: service <sip:service@127.0.0.1:5060>${tag}\r\nCall-ID: ${n}-1234@127.0.0.1\r\nCSeq: ${seq} ${m}\r\nContact: sip:sipp@127.0.0.1:5061\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n${body ? 'Content-Type: application/sdp\r\n' : ''}Content-Length: ${body.length}\r\n\r\n${body}`;
  sent = [];
  feed(head('INVITE', '0', '', 1, sdp));
  const r = parseMessage(sent[sent.length - 1]!);
  if (!r.ok) throw 1;
  const tag = /;tag=.*/.exec(header(r.value, 'To')!)![0];
  feed(head('ACK', '5', tag, 1));
  await null;
  feed(head('BYE', '7', tag, 2));
}
const N = Number(process.argv[2] ?? 40000);
for (const round of [1, 2, 3]) {
  const c0 = process.cpuUsage();
  for (let n = 0; n < N / 3; n++) {
    await call(round * 1e6 + n);
    if (n % 50 === 0) await new Promise((r) => setImmediate(r));
  }
  const c = process.cpuUsage(c0);
  console.log(`${((c.user + c.system) / (N / 3)).toFixed(1)} us a call; ended ${ended}; ${ua.statistics.transactions}`);
}
process.exit(0);
