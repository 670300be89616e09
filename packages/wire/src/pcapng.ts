import { addressBytes } from './ip-packet.ts';
import { familyOf } from './transport-address.ts';

/**
 * Blocks of a pcapng file, little endian.
 *
 *     0         4              8                      length-4
 *     | type    | total length | body, padded to 4 …  | total length |
 *
 * @see draft-ietf-opsawg-pcapng §3
 */
export const LINK_TYPE = {
  /** An IPv4 or IPv6 packet, nothing before it. */
  rawIp: 101,
  /** A message of an upper protocol, with its name and addresses in tags before it. */
  exportedPdu: 252,
} as const;

const BLOCK = {
  sectionHeader: 0x0a0d0d0a,
  interfaceDescription: 1,
  nameResolution: 4,
  enhancedPacket: 6,
  decryptionSecrets: 10,
} as const;
const TLS_KEY_LOG = 0x544c534b;
const NAME_RECORD = { end: 0, 4: 1, 6: 2 } as const;
const OPTION = {
  end: 0,
  comment: 1,
  hardware: 2,
  system: 3,
  application: 4,
  interfaceName: 2,
  timestampResolution: 9,
} as const;

/** As long as a name in the DNS can be (RFC 1035 §2.3.4). */
const LONGEST_NAME_BYTES = 255;

type Option = readonly [code: number, value: string | Uint8Array];

/** The first block of a file. */
export function sectionHeaderBlock(application: string, comment: string): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b3c4d, 0);
  body.writeUInt16LE(1, 4);
  // The section's length: -1, not known yet.
  body.writeBigInt64LE(-1n, 8);
  return block(BLOCK.sectionHeader, body, [
    [OPTION.comment, comment],
    [OPTION.application, application],
  ]);
}

/** Interfaces are numbered by their order in the file. Timestamps are in microseconds. */
export function interfaceBlock(linkType: number, name: string): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(linkType, 0);
  return block(BLOCK.interfaceDescription, body, [
    [OPTION.interfaceName, name],
    [OPTION.timestampResolution, Uint8Array.of(6)],
  ]);
}

/** Names for addresses. @see draft-ietf-opsawg-pcapng §4.5 */
export function nameResolutionBlock(names: readonly (readonly [address: string, name: string])[]): Buffer {
  const records = names.map(([address, name]) =>
    encodeOption([
      NAME_RECORD[familyOf(address)],
      Buffer.concat([addressBytes(address), Buffer.from(name).subarray(0, LONGEST_NAME_BYTES), Buffer.alloc(1)]),
    ]),
  );
  return block(BLOCK.nameResolution, Buffer.concat([...records, encodeOption([NAME_RECORD.end, ''])]), []);
}

/** A TLS key log; for DTLS too. @see draft-ietf-opsawg-pcapng §4.7 */
export function decryptionSecretsBlock(keyLog: string): Buffer {
  const secrets = Buffer.from(keyLog);
  const body = Buffer.alloc(8 + padded(secrets.length));
  body.writeUInt32LE(TLS_KEY_LOG, 0);
  body.writeUInt32LE(secrets.length, 4);
  body.set(secrets, 8);
  return block(BLOCK.decryptionSecrets, body, []);
}

export interface CapturedPacket {
  readonly interfaceId: number;
  /** Microseconds since 1970. */
  readonly epochUs: number;
  readonly data: Uint8Array;
  /** Of the packet, where `data` is its beginning only. */
  readonly originalBytes?: number;
  readonly comment?: string;
}

export function packetBlock({ interfaceId, epochUs, data, originalBytes, comment }: CapturedPacket): Buffer {
  const body = Buffer.alloc(20 + padded(data.length));
  body.writeUInt32LE(interfaceId, 0);
  body.writeUInt32LE(Math.floor(epochUs / 2 ** 32), 4);
  body.writeUInt32LE((epochUs % 2 ** 32) >>> 0, 8);
  body.writeUInt32LE(data.length, 12);
  body.writeUInt32LE(originalBytes ?? data.length, 16);
  body.set(data, 20);
  return block(BLOCK.enhancedPacket, body, comment === undefined ? [] : [[OPTION.comment, comment]]);
}

function block(type: number, body: Buffer, options: readonly Option[]): Buffer {
  const tail = options.length === 0 ? [] : [...options.map(encodeOption), encodeOption([OPTION.end, ''])];
  const length = 12 + body.length + tail.reduce((sum, option) => sum + option.length, 0);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  const end = Buffer.alloc(4);
  end.writeUInt32LE(length, 0);
  return Buffer.concat([head, body, ...tail, end]);
}

function encodeOption([code, value]: Option): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value).subarray(0, 65_535) : value;
  const option = Buffer.alloc(4 + padded(bytes.length));
  option.writeUInt16LE(code, 0);
  option.writeUInt16LE(bytes.length, 2);
  option.set(bytes, 4);
  return option;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
