import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { md4 } from './md4.ts';
import type { AuthenticateMessage } from './ntlm-messages.ts';
import { rc4 } from './rc4.ts';

/** SIP is connectionless for NTLM: each message is signed under this same number. @see [MS-SIPAE] §3.2.5.1 */
const SEQUENCE_NUMBER = 100;
const NT_PROOF_BYTES = 16;

const md5 = (...parts: readonly Uint8Array[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest();
const hmacMd5 = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer =>
  createHmac('md5', key).update(Buffer.concat(parts)).digest();

/** The user's key. @see [MS-NLMP] §3.3.2 NTOWFv2 */
export function ntowf2(user: string, domain: string, password: string): Buffer {
  const key = md4(Buffer.from(password, 'utf16le'));
  return hmacMd5(key, Buffer.from(user.toUpperCase() + domain, 'utf16le'));
}

/** Keys of one direction. */
interface DirectionKeys {
  readonly signing: Buffer;
  readonly sealing: Buffer;
}

function keysOf(exported: Uint8Array, direction: 'client-to-server' | 'server-to-client'): DirectionKeys {
  const magic = (use: string): Buffer =>
    Buffer.from(`session key to ${direction} ${use} key magic constant\0`, 'latin1');
  return { signing: md5(exported, magic('signing')), sealing: md5(exported, magic('sealing')) };
}

/** NTLMSSP_MESSAGE_SIGNATURE in hexadecimal, lower case. @see [MS-NLMP] §3.4.4.2; the sealing key of each datagram §3.4.4 */
function signatureOf(message: string, keys: DirectionKeys): string {
  const sequence = Buffer.alloc(4);
  sequence.writeUInt32LE(SEQUENCE_NUMBER);
  const checksum = hmacMd5(keys.signing, sequence, Buffer.from(message, 'latin1')).subarray(0, 8);
  return `01000000${rc4(md5(keys.sealing, sequence), checksum).toString('hex')}${sequence.toString('hex')}`;
}

/** What a handshake ends in: both sides' keys. */
export class NtlmSession {
  readonly #client: DirectionKeys;
  readonly #server: DirectionKeys;

  constructor(exportedSessionKey: Uint8Array) {
    this.#client = keysOf(exportedSessionKey, 'client-to-server');
    this.#server = keysOf(exportedSessionKey, 'server-to-client');
  }

  /**
   * Checks what a client answered to our challenge. NTLMv2 only; undefined where the password is another, or the answer is none.
   * @see [MS-NLMP] §3.3.2
   */
  static accept(answer: AuthenticateMessage, challenge: Uint8Array, password: string): NtlmSession | undefined {
    const { ntResponse, sessionKey } = answer;
    if (ntResponse.length <= NT_PROOF_BYTES + 28 || sessionKey.length !== 16) return undefined;
    const key = ntowf2(answer.user, answer.domain, password);
    const proof = hmacMd5(key, challenge, ntResponse.subarray(NT_PROOF_BYTES));
    if (!timingSafeEqual(proof, ntResponse.subarray(0, NT_PROOF_BYTES))) return undefined;
    return new NtlmSession(rc4(hmacMd5(key, proof), sessionKey));
  }

  signAsServer(message: string): string {
    return signatureOf(message, this.#server);
  }

  signAsClient(message: string): string {
    return signatureOf(message, this.#client);
  }

  /** Whether the client signed this. */
  isFromClient(message: string, signature: string): boolean {
    const mine = this.signAsClient(message);
    return mine.length === signature.length && mine === signature.toLowerCase();
  }
}
