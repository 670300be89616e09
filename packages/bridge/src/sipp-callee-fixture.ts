import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, leaseUdpPorts, type OwnedProcess, openTemporaryDirectory, spawnOwned } from '@plugfest/host';

/** For tests: SIPp waits for one call, answers it (or refuses it with `statusCode`), and ends when it was hung up on. */
export class SippCallee implements AsyncDisposable {
  readonly uri: string;
  readonly #process: OwnedProcess;
  readonly #resources: AsyncDisposableStack;

  private constructor(uri: string, process: OwnedProcess, resources: AsyncDisposableStack) {
    this.uri = uri;
    this.#process = process;
    this.#resources = resources;
  }

  static async open(statusCode = 200): Promise<SippCallee> {
    const tool = await findTool('sipp');
    if (!tool.found) throw new Error(tool.reason);
    await using opening = new AsyncDisposableStack();
    const { path } = opening.use(await openTemporaryDirectory('bridge-sipp-'));
    const lease = opening.adopt(await leaseUdpPorts({ count: 2 }), (each) => each.release());
    const [port, controlPort] = lease.ports;
    writeFileSync(join(path, 'callee.xml'), statusCode === 200 ? answering() : refusing(statusCode));
    const where = ['-i', '127.0.0.1', '-p', `${port}`, '-cp', `${controlPort}`, '-t', 'u1'];
    const args = ['-sf', 'callee.xml', '-m', '1', '-nostdin', '-timeout', '20', '-deadcall_wait', '0', ...where];
    const child = opening.use(spawnOwned(tool.path, args, { name: 'sipp callee', cwd: path }));
    child.stdout.resume();
    return new SippCallee(`sip:desk@127.0.0.1:${port}`, child, opening.move());
  }

  /** 0: all went as it should. */
  get exitCode(): Promise<number | null> {
    return this.#process.exited.then(({ code }) => code);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}

const COPIED = '[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]c\n[last_Call-ID:]\n[last_CSeq:]';

function response(line: string, rest: string): string {
  return `<send retrans="500"><![CDATA[\n\nSIP/2.0 ${line}\n${COPIED}\n${rest}\n]]></send>`;
}

function answering(): string {
  const sdp = [
    ...['v=0', 'o=desk 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'],
    ...['m=audio 40000 RTP/AVP 0', 'a=rtpmap:0 PCMU/8000', 'm=video 0 RTP/AVP 97'],
  ].join('\n');
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
<recv request="INVITE" rrs="true"/>
${response('180 Ringing', 'Contact: <sip:desk@[local_ip]:[local_port]>\nContent-Length: 0\n').replace(' retrans="500"', '')}
${response('200 OK', `Contact: <sip:desk@[local_ip]:[local_port]>\nContent-Type: application/sdp\nContent-Length: [len]\n\n${sdp}\n`)}
<recv request="ACK"/>
<recv request="BYE"/>
<send><![CDATA[

SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`;
}

function refusing(statusCode: number): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<scenario name="callee">
<recv request="INVITE"/>
${response(`${statusCode} Not now`, 'Content-Length: 0\n')}
<recv request="ACK"/>
</scenario>
`;
}
