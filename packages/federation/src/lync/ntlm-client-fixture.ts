import { createHash, createHmac } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { formatMessage, header, parseMessage, type SipResponse, withHeader } from '@plugfest/sip';
import { NTLM_FLAGS } from './ntlm-messages.ts';
import { NtlmSession, ntowf2 } from './ntlm-session.ts';
import { rc4 } from './rc4.ts';
import { parseAuthParameters, signedText } from './sip-signature.ts';

const TARGET = 'pool.corp.example';
const SESSION_KEY = createHash('md5').update('a session key').digest();

/** For tests: a client that signs in with NTLM over TCP and says what it is told to. */
export class NtlmClient implements Disposable {
  readonly session = new NtlmSession(SESSION_KEY);
  readonly #socket: Socket;
  readonly #address: string;
  #opaque = '';
  #sequence = 0;
  #received = '';

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.#address = address;
    socket.on('data', (bytes) => {
      this.#received += bytes.toString('latin1');
    });
  }

  static async open(port: number, address: string): Promise<NtlmClient> {
    const socket = connect({ host: '127.0.0.1', port });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', resolve).once('error', reject);
    await promise;
    return new NtlmClient(socket, address);
  }

  /** The three REGISTERs; the last response. */
  async signIn(password: string): Promise<SipResponse> {
    await this.ask('REGISTER', `sip:${this.#address.split('@')[1]}`, {});
    const first = `NTLM qop="auth", realm="SIP Communications Service", targetname="${TARGET}", gssapi-data="", version=4`;
    const challenged = await this.ask('REGISTER', 'sip:corp.example', { Authorization: first });
    const { values } = parseAuthParameters(header(challenged, 'WWW-Authenticate') ?? '');
    this.#opaque = values.get('opaque') ?? '';
    const challenge = Buffer.from(values.get('gssapi-data') ?? '', 'base64').subarray(24, 32);
    const answer = answerTo(challenge, this.#address.split('@')[0] ?? '', password).toString('base64');
    return this.ask('REGISTER', 'sip:corp.example', {}, '', `gssapi-data="${answer}", `);
  }

  /** A request in a connection of its own Call-ID, signed where there is a session; its final response. */
  async ask(
    method: string,
    uri: string,
    headers: Readonly<Record<string, string>>,
    body = '',
    gssapi = '',
    forge: (signature: string) => string = (signature) => signature,
  ): Promise<SipResponse> {
    const sequence = ++this.#sequence;
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `Via: SIP/2.0/TCP 127.0.0.1:9;branch=z9hG4bK${sequence}`,
      `From: <sip:${this.#address}>;tag=t;epid=e1`,
      `To: <sip:${this.#address}>`,
      `Call-ID: call-${sequence}`,
      `CSeq: ${sequence} ${method}`,
      'Contact: <sip:127.0.0.1:9;transport=tcp>;+sip.instance="<urn:uuid:34d859db-6585-5f91-a3b4-de853c15347d>"',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ];
    const parsed = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
    if (!parsed.ok) throw new Error(parsed.error.text);
    let request = parsed.value;
    if (this.#opaque !== '') {
      const text = signedText(request, { scheme: 'NTLM', rand: 'c1', num: '1', target: TARGET });
      const response = forge(this.session.signAsClient(text));
      const value = `NTLM qop="auth", opaque="${this.#opaque}", ${gssapi}crand="c1", cnum="1", response="${response}"`;
      request = withHeader(request, 'Authorization', value);
    }
    this.#socket.write(formatMessage(request));
    return this.#response(`CSeq: ${sequence} ${method}`);
  }

  async #response(cseq: string): Promise<SipResponse> {
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      const length = Number(/Content-Length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
      if (end >= 0 && this.#received.length >= end + 4 + length) {
        const parsed = parseMessage(Buffer.from(this.#received.slice(0, end + 4 + length), 'latin1'));
        this.#received = this.#received.slice(end + 4 + length);
        if (
          parsed.ok &&
          parsed.value.kind === 'response' &&
          parsed.value.headers.some((h) => `CSeq: ${h.value}` === cseq)
        )
          return parsed.value;
      } else await new Promise((resolve) => this.#socket.once('data', resolve));
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** AUTHENTICATE_MESSAGE. @see [MS-NLMP] §2.2.1.3, §3.3.2 */
function answerTo(challenge: Uint8Array, user: string, password: string): Buffer {
  const key = ntowf2(user, '', password);
  const hmac = (of: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
    createHmac('md5', of).update(Buffer.concat(parts)).digest();
  const blob = Buffer.concat([
    Buffer.of(1, 1, 0, 0, 0, 0, 0, 0),
    Buffer.alloc(8),
    Buffer.alloc(8, 0xaa),
    Buffer.alloc(8),
  ]);
  const proof = hmac(key, challenge, blob);
  const name = Buffer.from(user, 'utf16le');
  const fields = [
    Buffer.alloc(24),
    Buffer.concat([proof, blob]),
    Buffer.alloc(0),
    name,
    Buffer.alloc(0),
    rc4(hmac(key, proof), SESSION_KEY),
  ];
  const head = Buffer.alloc(64);
  head.write('NTLMSSP\0', 'latin1');
  head.writeUInt32LE(3, 8);
  let offset = head.length;
  for (const [i, field] of fields.entries()) {
    head.writeUInt16LE(field.length, 12 + i * 8);
    head.writeUInt16LE(field.length, 14 + i * 8);
    head.writeUInt32LE(offset, 16 + i * 8);
    offset += field.length;
  }
  head.writeUInt32LE(NTLM_FLAGS, 60);
  return Buffer.concat([head, ...fields]);
}
