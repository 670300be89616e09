import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findTool, leaseUdpPorts } from '@plugfest/host';
import { afterAll, describe, expect, test } from 'vitest';
import type { SipTapEntry } from './flow.ts';
import { openUserAgent, sdp, uriOf } from './loopback-fixture.ts';

const sipp = await findTool('sipp');
const tshark = await findTool('tshark');
for (const tool of [sipp, tshark]) if (!tool.found) console.log(`skipped: ${tool.reason}`);
const host = '127.0.0.1';
const directory = mkdtempSync(join(tmpdir(), 'plugfest-sipp-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const OFFER = sdp(
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n',
);

/** Runs SIPp; resolves with its exit code (0: no call failed) and its first complaints. */
function runSipp(...args: string[]): Promise<{ code: number | null; errors: string }> {
  const path = sipp.found ? sipp.path : '';
  const child = spawn(path, [...args, '-i', host, '-nostdin', '-timeout', '20'], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => {
    errors = (errors + bytes).slice(0, 2000);
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, errors })));
}

describe.skipIf(!sipp.found)('SIPp', () => {
  test.each([
    ['udp', 'u1'],
    ['tcp', 't1'],
  ] as const)('-sn uac over %s: 200 calls, none fails', async (transport, mode) => {
    await using callee = await openUserAgent({ listen: [{ transport, host }] });
    let acknowledged = 0;
    let hungUp = 0;
    callee.onInvite = (session) => {
      session.ring();
      session.accept(OFFER);
      session.acked.then(() => acknowledged++);
      session.terminated.then(({ reason }) => {
        if (reason === 'remote-bye') hungUp++;
      });
    };
    const port = callee.addresses[0]?.port;
    expect(await runSipp('-sn', 'uac', '-t', mode, '-r', '200', '-m', '200', `${host}:${port}`)).toMatchObject({
      code: 0,
    });
    expect([acknowledged, hungUp, callee.sessions.size]).toEqual([200, 200, 0]);
  });

  test('-sn uas: our 20 calls succeed', async () => {
    const lease = await leaseUdpPorts();
    const server = runSipp('-sn', 'uas', '-p', String(lease.ports[0]), '-m', '20');
    await using caller = await openUserAgent();
    const target = `sip:service@${host}:${lease.ports[0]}`;
    for (let i = 0; i < 20; i++) {
      const call = caller.invite(target, { body: OFFER.body });
      expect((await call.answered).response.statusCode).toBe(200);
      await call.bye();
    }
    expect(await server).toMatchObject({ code: 0 });
    lease.release();
  });

  test('session timer: 60 s is refused with 422, 90 s is granted, and UPDATE refreshes', async () => {
    await using callee = await openUserAgent({ sessionTimer: { intervalS: 1800, leastS: 90 } });
    const reasons: string[] = [];
    callee.onInvite = (session) => {
      session.accept(OFFER);
      session.terminated.then(({ reason }) => reasons.push(reason));
    };
    writeFileSync(join(directory, 'timer.xml'), timerScenario());
    const port = callee.addresses[0]?.port;
    expect(await runSipp('-sf', 'timer.xml', '-m', '1', `${host}:${port}`)).toMatchObject({ code: 0 });
    expect(reasons).toEqual(['remote-bye']);
  });
});

/** SIPp's side of it: a header that is not what the regular expression says fails the call. */
function timerScenario(): string {
  const common = (cseq: string, to: string): string =>
    [
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
      'From: <sip:sipp@[local_ip]>;tag=[call_number]',
      to,
      'Call-ID: [call_id]',
      `CSeq: ${cseq}`,
      'Max-Forwards: 70',
      'Contact: <sip:sipp@[local_ip]:[local_port]>',
      'Supported: timer',
    ].join('\n');
  const to = 'To: <sip:room@[remote_ip]>';
  const send = (method: string, uri: string, head: string, extra: string, retrans = ' retrans="500"'): string =>
    `<send${retrans}><![CDATA[\n${method} ${uri} SIP/2.0\n${head}\n${extra}Content-Length: 0\n\n]]></send>`;
  const invite = (sequence: number, intervalS: number): string =>
    `<send retrans="500"><![CDATA[\nINVITE sip:room@[remote_ip]:[remote_port] SIP/2.0\n${common(`${sequence} INVITE`, to)}\nSession-Expires: ${intervalS};refresher=uac\nMin-SE: 90\nContent-Type: application/sdp\nContent-Length: [len]\n\n${Buffer.from(OFFER.body).toString().replaceAll('\r', '')}\n]]></send>`;
  const expects = (header: string, pattern: string, n: number): string =>
    `<ereg regexp="${pattern}" search_in="hdr" header="${header}:" check_it="true" assign_to="${n}"/><log message="[$${n}]"/>`;
  const granted = (n: number): string =>
    `${expects('Session-Expires', '90;refresher=uac', n)}${expects('Require', 'timer', n + 1)}`;
  return `<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="timer">
${invite(1, 60)}
<recv response="100" optional="true"/>
<recv response="422"><action>${expects('Min-SE', '90', 1)}</action></recv>
${send('ACK', 'sip:room@[remote_ip]:[remote_port]', common('1 ACK', '[last_To:]'), '', '')}
${invite(2, 90)}
<recv response="100" optional="true"/>
<recv response="200"><action>${granted(2)}</action></recv>
${send('ACK', 'sip:room@[remote_ip]:[remote_port]', common('2 ACK', '[last_To:]'), '', '')}
${send('UPDATE', 'sip:room@[remote_ip]:[remote_port]', common('3 UPDATE', '[last_To:]'), 'Session-Expires: 90;refresher=uac\n')}
<recv response="200"><action>${granted(4)}</action></recv>
${send('BYE', 'sip:room@[remote_ip]:[remote_port]', common('4 BYE', '[last_To:]'), '')}
<recv response="200"/>
</scenario>`;
}

/** A classic pcap of raw IPv4/UDP packets. */
function pcapOf(entries: readonly SipTapEntry[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(101, 20);
  return Buffer.concat([header, ...entries.map(packetOf)]);
}

function packetOf({ source, destination, bytes }: SipTapEntry): Buffer {
  const packet = Buffer.alloc(16 + 28);
  const length = 28 + bytes.length;
  packet.writeUInt32LE(length, 8);
  packet.writeUInt32LE(length, 12);
  packet.set([0x45, 0, length >> 8, length & 255, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1], 16);
  packet.writeUInt16BE(Number(source.split(':')[1]), 36);
  packet.writeUInt16BE(Number(destination.split(':')[1]), 38);
  packet.writeUInt16BE(8 + bytes.length, 40);
  return Buffer.concat([packet, bytes]);
}

describe.skipIf(!tshark.found)('tshark', () => {
  test('dissects a whole call of ours without complaint', async () => {
    const entries: SipTapEntry[] = [];
    await using callee = await openUserAgent({ tap: (entry) => void entries.push(entry) });
    callee.onInvite = (session) => {
      session.ring();
      session.accept(OFFER);
    };
    await using caller = await openUserAgent({ displayName: 'Ålice "the" caller' });
    const call = caller.invite(uriOf(callee, 'udp', 'room'), { body: OFFER.body });
    await call.answered;
    await call.info('application/dtmf-relay', Buffer.from('Signal=1\r\nDuration=160\r\n'));
    await call.bye();
    const file = join(directory, 'call.pcap');
    writeFileSync(file, pcapOf(entries));
    const port = callee.addresses[0]?.port;
    const fields = [
      '-T',
      'fields',
      '-E',
      'separator=|',
      '-e',
      'sip.Method',
      '-e',
      'sip.Status-Code',
      '-e',
      'sip.CSeq',
      '-e',
      '_ws.expert.message',
    ];
    const output = execFileSync(
      tshark.found ? tshark.path : '',
      ['-r', file, '-d', `udp.port==${port},sip`, ...fields],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const lines = output.trim().split('\n');
    expect(lines.map((line) => line.split('|').slice(0, 3).join(' '))).toEqual([
      'INVITE  1 INVITE',
      ' 180 1 INVITE',
      ' 200 1 INVITE',
      'ACK  1 ACK',
      'INFO  2 INFO',
      ' 200 2 INFO',
      'BYE  3 BYE',
      ' 200 3 BYE',
    ]);
    expect(output).not.toMatch(/malformed|unrecognised|Unrecognised/);
  });
});
