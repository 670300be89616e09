/**
 * Answers calls; the child process of `sip-load.ts`. Prints its port as a line of JSON, and for each line on standard input what it holds and has
 * spent. `bare` answers without transactions and dialogs: the reference.
 */
import { createSocket } from 'node:dgram';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { UserAgent } from '@plugfest/sip-node';

const HOST = '127.0.0.1';
const ANSWER = {
  contentType: 'application/sdp',
  body: Buffer.from(
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n',
  ),
};

/** What a callee tells of itself. */
interface Callee {
  readonly port: number;
  readonly held: () => Record<string, number>;
}

async function userAgent(): Promise<Callee> {
  const callee = await UserAgent.open({
    clock: hostClock,
    random: seededRandom(1),
    aor: 'sip:service@callee.example',
    userAgentHeader: 'plugfest-load',
    listen: [{ transport: 'udp', host: HOST }],
  });
  let [invited, ended, broken] = [0, 0, 0];
  callee.onInvite = (session) => {
    invited++;
    session.ring();
    session.accept(ANSWER);
    void session.terminated.then(({ reason }) => {
      if (reason === 'remote-bye') ended++;
      else broken++;
    });
  };
  return { port: callee.addresses[0]?.port ?? 0, held: () => ({ ...callee.statistics, invited, ended, broken }) };
}

/** Cuts header lines out of a request and sends them back: as little as a peer can do and still be called. */
async function bare(): Promise<Callee> {
  const socket = createSocket('udp4');
  let ended = 0;
  socket.on('message', (bytes, from) => {
    const text = bytes.toString('latin1');
    const method = text.slice(0, text.indexOf(' '));
    if (method === 'ACK') return;
    const lines = text.slice(0, text.indexOf('\r\n\r\n')).split('\r\n');
    const kept = lines.filter((line) => /^(via|from|call-id|cseq):/i.test(line));
    const to = `${lines.find((line) => /^to:/i.test(line))}${method === 'INVITE' ? ';tag=1' : ''}`;
    const answer = (status: string, body: string): void => {
      const more = [to, `Contact: <sip:${HOST}:${socket.address().port}>`, 'Content-Type: application/sdp'];
      const head = [`SIP/2.0 ${status}`, ...kept, ...more, `Content-Length: ${body.length}`, '', body].join('\r\n');
      socket.send(head, from.port, from.address);
    };
    if (method === 'INVITE') answer('180 Ringing', '');
    else ended++;
    answer('200 OK', method === 'INVITE' ? ANSWER.body.toString('latin1') : '');
  });
  await new Promise<void>((resolve) => socket.bind(0, HOST, resolve));
  return { port: socket.address().port, held: () => ({ ended }) };
}

const callee = process.argv[2] === 'bare' ? await bare() : await userAgent();
console.log(JSON.stringify({ port: callee.port }));
createInterface({ input: process.stdin })
  .on('line', () => {
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    const timers = process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const descriptors = readdirSync('/proc/self/fd').length;
    const { heapUsed, rss } = process.memoryUsage();
    console.log(JSON.stringify({ cpuUs: user + system, heapUsed, rss, timers, descriptors, ...callee.held() }));
  })
  .on('close', () => process.exit(0));
