import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, leaseUdpPorts, openTemporaryDirectory, spawnOwned } from '@plugfest/host';
import type { BridgeEvents } from './bridge-events.ts';

export interface SippCallOptions {
  /** `host:port` of the bridge. */
  readonly target: string;
  readonly transport: 'udp' | 'tcp';
  readonly room: string;
  readonly name: string;
  /** The offer, or the answer in the ACK where `isLate`. */
  readonly sdp: string;
  readonly isLate?: boolean;
  readonly holdMs: number;
}

/** For tests: SIPp makes a call, holds it, hangs up. Resolves with its exit code. */
export async function callWithSipp(options: SippCallOptions): Promise<{ code: number | null; stderr: string }> {
  const tool = await findTool('sipp');
  if (!tool.found) throw new Error(tool.reason);
  await using directory = await openTemporaryDirectory('bridge-sipp-');
  using lease = disposable(await leaseUdpPorts({ count: 2 }));
  const [port, controlPort] = lease.ports;
  const scenario = join(directory.path, 'call.xml');
  writeFileSync(scenario, scenarioOf(options));
  await using child = spawnOwned(
    tool.path,
    [
      ...[
        options.target,
        '-sf',
        scenario,
        '-m',
        '1',
        '-s',
        options.room,
        '-nostdin',
        '-timeout',
        '20',
        '-deadcall_wait',
        '0',
      ],
      ...['-i', '127.0.0.1', '-p', String(port), '-cp', String(controlPort)],
      ...['-t', options.transport === 'udp' ? 'u1' : 't1'],
    ],
    { name: `sipp ${options.name}`, cwd: directory.path },
  );
  child.stdout.resume();
  const { code } = await child.exited;
  return { code, stderr: child.stderrTail() };
}

/** The SDP in the bridge's next 200 to an INVITE whose From has that name. */
export function answerTo(events: BridgeEvents, name: string): Promise<string> {
  return new Promise((resolve) => {
    const stop = events.subscribe(({ type, data }) => {
      const message = String(data.message);
      if (type !== 'sip.message' || data.direction !== 'sent' || !message.startsWith('SIP/2.0 200')) return;
      if (!message.includes(`"${name}"`) || !message.includes('\r\n\r\nv=0')) return;
      queueMicrotask(() => stop());
      resolve(message.slice(message.indexOf('\r\n\r\n') + 4));
    }, 0);
  });
}

function disposable<T extends { release(): void }>(lease: T): T & Disposable {
  return Object.assign(lease, { [Symbol.dispose]: () => lease.release() });
}

function scenarioOf({ room, name, sdp, isLate, holdMs }: SippCallOptions): string {
  const head = (method: string, to: string, sequence: number): string =>
    [
      'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]',
      `From: "${name}" <sip:${name.toLowerCase()}@sipp.example>;tag=[call_number]a`,
      `To: <sip:${room}@bridge.example>${to}`,
      'Call-ID: [call_id]',
      `CSeq: ${sequence} ${method}`,
      `Contact: <sip:${name.toLowerCase()}@[local_ip]:[local_port];transport=[transport]>`,
      'Max-Forwards: 70',
    ].join('\n');
  const body = `Content-Type: application/sdp\nContent-Length: [len]\n\n${sdp.replaceAll('\r\n', '\n')}`;
  const none = 'Content-Length: 0\n\n';
  const send = (text: string, attributes = ''): string => `<send ${attributes}><![CDATA[\n\n${text}\n]]></send>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="call">
${send(`INVITE sip:${room}@[remote_ip]:[remote_port] SIP/2.0\n${head('INVITE', '', 1)}\n${isLate ? none : body}`, 'retrans="500"')}
<recv response="100" optional="true"/><recv response="180" optional="true"/>
<recv response="200" rrs="true"/>
${send(`ACK [next_url] SIP/2.0\n${head('ACK', '[peer_tag_param]', 1)}\n${isLate ? body : none}`)}
<pause milliseconds="${holdMs}"/>
${send(`BYE [next_url] SIP/2.0\n${head('BYE', '[peer_tag_param]', 2)}\n${none}`, 'retrans="500"')}
<recv response="200"/>
</scenario>
`;
}
