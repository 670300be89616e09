import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '@plugfest/host';
import { demultiplex, SRTP_SUITES, SrtpContext, type SrtpSuite } from '@plugfest/rtp';
import { exportedPdu, parseOpaqueDatagram, replaceExportedMessage } from './exported-pdu.ts';
import { parseUdpPacket, type UdpPacket, udpPacket } from './ip-packet.ts';
import { LINK_TYPE, packetBlock } from './pcapng.ts';
import { readPcapng } from './pcapng-reader.ts';
import type { SrtpSecret, SrtpSecrets } from './srtp-secret.ts';
import { formatAddress } from './transport-address.ts';
import { commentOf } from './without-media.ts';

export interface DecryptedCapture {
  readonly packets: number;
  /** SRTP and SRTCP packets that were opened. */
  readonly decrypted: number;
  /** Those from an address with a key that fits none: left as they are. */
  readonly failed: number;
}

interface Counts {
  decrypted: number;
  failed: number;
}

/** Contexts by the address that packets come from: one for each key that its owner offered. The authentication tag says which is used. */
type Contexts = ReadonlyMap<string, readonly SrtpContext[]>;

/**
 * Writes a copy of a recording with SRTP opened. Descriptions in it speak of `RTP/AVP` in place of `RTP/SAVP`, and name no keys, so that
 * Wireshark reads the payload. Keys are those of `captures/secrets.json`; media keyed by DTLS needs the keys of an end (origin `dtls`), and
 * its handshake is left empty.
 * @throws where a file cannot be read or written
 */
export async function decryptCapture(
  capture: string,
  secrets: SrtpSecrets,
  decrypted: string,
): Promise<DecryptedCapture> {
  const contexts = openContexts(secrets.secrets);
  const counts = { packets: 0, decrypted: 0, failed: 0 };
  const linkTypes: number[] = [];
  const blocks: Buffer[] = [];
  for (const block of readPcapng(await readFile(capture))) {
    if (block.kind === 'interface') linkTypes.push(block.linkType);
    if (block.kind !== 'packet') {
      blocks.push(block.bytes);
      continue;
    }
    counts.packets++;
    const isRaw = linkTypes[block.interfaceId] === LINK_TYPE.rawIp;
    const data = isRaw ? openDatagram(block.data, contexts, counts) : openPdu(block.data, contexts, counts);
    blocks.push(packetBlock({ ...block, data, comment: commentOf(block.options) }));
  }
  await writeFileAtomically(decrypted, Buffer.concat(blocks), { mode: 0o600 });
  return counts;
}

function openContexts(secrets: readonly SrtpSecret[]): Contexts {
  const contexts = new Map<string, SrtpContext[]>();
  for (const secret of secrets) {
    const context = openContext(secret);
    if (!context) continue;
    for (const source of secret.sources) {
      const key = formatAddress(source);
      contexts.set(key, [...(contexts.get(key) ?? []), context]);
    }
  }
  return contexts;
}

/** Undefined for suites that we do not know and keys of a wrong length. */
function openContext({ suite, keyAndSalt }: SrtpSecret): SrtpContext | undefined {
  const row = Object.hasOwn(SRTP_SUITES, suite) ? SRTP_SUITES[suite as SrtpSuite] : undefined;
  const bytes = Buffer.from(keyAndSalt, 'base64');
  if (!row || bytes.length !== row.keyBytes + row.saltBytes) return undefined;
  const [key, salt] = [bytes.subarray(0, row.keyBytes), bytes.subarray(row.keyBytes)];
  return new SrtpContext({ suite: suite as SrtpSuite, key, salt });
}

function openDatagram(packet: Buffer, contexts: Contexts, counts: Counts): Uint8Array {
  const udp = parseUdpPacket(packet);
  if (!udp) return packet;
  const kind = demultiplex(udp.payload);
  // Who sees the handshake takes what follows for SRTP.
  if (kind === 'dtls' && contexts.has(formatAddress(udp.source)))
    return udpPacket(udp.source, udp.destination, NOTHING);
  const clear = kind === 'rtp' || kind === 'rtcp' ? undefined : inTheClear(udp.payload);
  if (clear) return udpPacket(udp.source, udp.destination, clear);
  const opened = open(udp, contexts, counts);
  return opened ? udpPacket(udp.source, udp.destination, opened) : packet;
}

/** What Wireshark can read once it is open is no longer octets. */
function openPdu(pdu: Buffer, contexts: Contexts, counts: Counts): Uint8Array {
  const datagram = parseOpaqueDatagram(pdu);
  if (!datagram) return replaceExportedMessage(pdu, inTheClear);
  const opened = open(datagram, contexts, counts);
  return opened ? exportedPdu('rtcp', datagram.source, datagram.destination, opened, 'udp') : pdu;
}

function open({ source, payload }: UdpPacket, contexts: Contexts, counts: Counts): Uint8Array | undefined {
  const known = contexts.get(formatAddress(source));
  for (const context of known ?? []) {
    const opened = demultiplex(payload) === 'rtp' ? context.unprotectRtp(payload) : context.unprotectRtcp(payload);
    if (!opened.ok) continue;
    counts.decrypted++;
    return opened.value;
  }
  if (known) counts.failed++;
  return undefined;
}

const NOTHING = new Uint8Array();
const PROFILE = /^(m=\S+ \d+(?:\/\d+)? )(?:UDP\/TLS\/)?RTP\/SAVP/gm;

/** A SIP message whose description offers SRTP, as if it were RTP; any other bytes as they are. */
function inTheClear(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const bodyAt = text.indexOf('\r\n\r\n') + 4;
  if (bodyAt < 4 || !text.slice(bodyAt).match(PROFILE)) return bytes;
  const body = text
    .slice(bodyAt)
    .replaceAll(PROFILE, '$1RTP/AVP')
    .replaceAll(/^a=crypto:[^\r\n]*(\r\n|\n|$)/gm, '');
  const head = text.slice(0, bodyAt).replace(/^(Content-Length|l)([ \t]*:[ \t]*)\d+/im, `$1$2${body.length}`);
  return Buffer.from(head + body, 'latin1');
}
