import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const hasTshark = ((): boolean => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('skipped: no tshark here; install it with: sudo apt install tshark');
    return false;
  }
})();

/** UDP payloads as one capture of raw IPv4 packets, between two ports of one host. */
export function captureOf(payloads: readonly Uint8Array[], port: number): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  // LINKTYPE_RAW
  header.writeUInt32LE(101, 20);
  return Buffer.concat([header, ...payloads.flatMap((payload, index) => packetOf(payload, port, index))]);
}

function packetOf(payload: Uint8Array, port: number, index: number): Buffer[] {
  const length = 28 + payload.length;
  const record = Buffer.alloc(16);
  record.writeUInt32LE(index, 0);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  const packet = Buffer.alloc(28);
  packet.writeUInt8(0x45, 0);
  packet.writeUInt16BE(length, 2);
  packet.writeUInt8(64, 8);
  packet.writeUInt8(17, 9);
  packet.writeUInt32BE(0x7f00_0001, 12);
  packet.writeUInt32BE(0x7f00_0001, 16);
  packet.writeUInt16BE(port, 20);
  packet.writeUInt16BE(port, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  return [record, packet, Buffer.from(payload)];
}

/** What tshark reads in a capture: for each packet its fields (more than one value of one with commas between), and its complaints. */
export function tsharkFields(
  capture: Buffer,
  fields: readonly string[],
  options: readonly string[] = [],
): Record<string, string>[] {
  const directory = mkdtempSync(join(tmpdir(), 'plugfest-tshark-'));
  try {
    const path = join(directory, 'capture.pcap');
    writeFileSync(path, capture);
    const asked = [...fields, '_ws.malformed', '_ws.expert.message'];
    const text = execFileSync(
      'tshark',
      ['-r', path, ...options, '-T', 'fields', '-E', 'separator=|', ...asked.flatMap((field) => ['-e', field])],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const rows = text.split('\n').slice(0, -1);
    return rows.map((row) => Object.fromEntries(row.split('|').map((value, at) => [asked[at], value])));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
