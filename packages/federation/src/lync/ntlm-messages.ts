import { err, ok, type ParseFault, type Result } from '@plugfest/model';

/** Flags of a connectionless handshake with NTLMv2, signing, 128-bit keys and key exchange: the one kind that Lync's SIP speaks. @see [MS-NLMP] §2.2.2.5 */
export const NTLM_FLAGS =
  0x40000000 | // KEY_EXCH
  0x20000000 | // 128
  0x02000000 | // VERSION
  0x00800000 | // TARGET_INFO
  0x00100000 | // IDENTIFY
  0x00080000 | // EXTENDED_SESSIONSECURITY
  0x00008000 | // ALWAYS_SIGN
  0x00000200 | // NTLM
  0x00000040 | // DATAGRAM
  0x00000010 | // SIGN
  0x00000004 | // REQUEST_TARGET
  0x00000001; // UNICODE

const SIGNATURE = Buffer.from('NTLMSSP\0', 'latin1');
/** Identifiers of AV_PAIRs. @see [MS-NLMP] §2.2.2.1 */
const AV = { end: 0, computerName: 1, domainName: 2, dnsComputerName: 3, dnsDomainName: 4 } as const;
/** 6.1.7601, NTLMSSP revision 15: what a Windows Server 2008 R2 says. @see [MS-NLMP] §2.2.2.10 */
const VERSION = Buffer.from([6, 1, 0xb1, 0x1d, 0, 0, 0, 15]);

/** Who the server says that it is. */
export interface NtlmServerNames {
  readonly domain: string;
  readonly computer: string;
  readonly dnsDomain: string;
  readonly dnsComputer: string;
}

/** The names as AV_PAIRs; a client puts them into what it answers. */
export function targetInfoOf(names: NtlmServerNames): Buffer {
  const pair = (id: number, text: string): Buffer => {
    const value = Buffer.from(text, 'utf16le');
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  };
  return Buffer.concat([
    pair(AV.domainName, names.domain),
    pair(AV.computerName, names.computer),
    pair(AV.dnsDomainName, names.dnsDomain),
    pair(AV.dnsComputerName, names.dnsComputer),
    pair(AV.end, ''),
  ]);
}

/** CHALLENGE_MESSAGE. @see [MS-NLMP] §2.2.1.2 */
export function challengeMessage(challenge: Uint8Array, names: NtlmServerNames): Buffer {
  const target = Buffer.from(names.domain, 'utf16le');
  const info = targetInfoOf(names);
  const head = Buffer.alloc(56);
  SIGNATURE.copy(head);
  head.writeUInt32LE(2, 8);
  writeField(head, 12, target.length, head.length);
  head.writeUInt32LE(NTLM_FLAGS, 20);
  head.set(challenge, 24);
  writeField(head, 40, info.length, head.length + target.length);
  VERSION.copy(head, 48);
  return Buffer.concat([head, target, info]);
}

function writeField(into: Buffer, at: number, length: number, offset: number): void {
  into.writeUInt16LE(length, at);
  into.writeUInt16LE(length, at + 2);
  into.writeUInt32LE(offset, at + 4);
}

/** What a client answers. */
export interface AuthenticateMessage {
  readonly ntResponse: Buffer;
  readonly domain: string;
  readonly user: string;
  /** Encrypted with the key exchange key. */
  readonly sessionKey: Buffer;
  readonly flags: number;
}

/** AUTHENTICATE_MESSAGE. @see [MS-NLMP] §2.2.1.3 */
export function parseAuthenticateMessage(bytes: Buffer): Result<AuthenticateMessage, ParseFault> {
  const fault = (code: string, offset: number, text: string): Result<never, ParseFault> =>
    err({ code, offset, section: '[MS-NLMP] §2.2.1.3', text });
  if (bytes.length < 64) return fault('ntlm-short', bytes.length, 'an AUTHENTICATE_MESSAGE has at least 64 octets');
  if (!bytes.subarray(0, 8).equals(SIGNATURE)) return fault('ntlm-signature', 0, 'does not begin with NTLMSSP');
  if (bytes.readUInt32LE(8) !== 3) return fault('ntlm-type', 8, 'is no AUTHENTICATE_MESSAGE');
  const field = (at: number): Buffer | undefined => {
    const [length, offset] = [bytes.readUInt16LE(at), bytes.readUInt32LE(at + 4)];
    return offset + length <= bytes.length ? bytes.subarray(offset, offset + length) : undefined;
  };
  const [ntResponse, domain, user, sessionKey] = [field(20), field(28), field(36), field(52)];
  if (!ntResponse || !domain || !user || !sessionKey)
    return fault('ntlm-field', 12, 'a field lies outside the message');
  return ok({
    ntResponse,
    domain: domain.toString('utf16le'),
    user: user.toString('utf16le'),
    sessionKey,
    flags: bytes.readUInt32LE(60),
  });
}
