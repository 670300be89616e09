import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import type { Clock } from '@plugfest/model';
import { exportedPdu, opaqueDatagram } from './exported-pdu.ts';
import { LONGEST_UDP_PAYLOAD, udpPacket } from './ip-packet.ts';
import { withMkiApart } from './mki-apart.ts';
import { interfaceBlock, LINK_TYPE, nameResolutionBlock, packetBlock, sectionHeaderBlock } from './pcapng.ts';
import { withKeyLog } from './recorded-secrets.ts';
import { redact } from './redact.ts';
import { isSealedFeedback } from './sealed-feedback.ts';
import type { SrtpSecret } from './srtp-secret.ts';
import { familyOf, parseAddress, type TransportAddress } from './transport-address.ts';

export interface RecordedUdp {
  readonly atUs: number;
  readonly source: TransportAddress;
  readonly destination: TransportAddress;
  readonly payload: Uint8Array;
}

/** One SIP message as a transport sent or received it. */
export interface RecordedSip {
  readonly atUs: number;
  readonly transport: string;
  /** `address:port`, IPv6 in brackets. */
  readonly source: string;
  readonly destination: string;
  readonly bytes: Uint8Array;
  /** A comment for the packet: `lync-desktop → bridge`. */
  readonly note?: string;
}

/** What records packets under one name: its interface in the file. */
export interface PacketInterface {
  /** The packet's number in the file, from 1; undefined where it was not kept. */
  recordUdp(packet: RecordedUdp): number | undefined;
}

export interface RecorderOptions {
  readonly clock: Clock;
  /** Where the SRTP keys go, readable by the owner only; without it they are not kept. */
  readonly secretsFile?: string;
}

const FLUSH_MS = 100;
/** Why such a packet lies there as octets. */
const SEALED_FEEDBACK = 'SRTCP of reduced size (RFC 5506): encrypted, with neither IP nor UDP before it';
/** A disk that is slower than the packets costs packets, not memory. */
const LONGEST_QUEUE_BYTES = 64 * 1024 * 1024;

/**
 * Writes a pcapng file while the run goes on: UDP packets as raw IP on one interface a participant, SIP over UDP likewise, SIP over streams as exported PDUs, and so what Wireshark
 * would read wrongly (`isSealedFeedback`). On disk at
 * the latest 100 ms after; readable up to there when we are killed. Secrets in SIP are overwritten (see `redact`).
 */
export class PacketRecorder implements AsyncDisposable {
  readonly #file: FileHandle;
  readonly #epochOffsetUs: number;
  readonly #secretsFile: string | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #interfaces = new Map<string, number>();
  readonly #secrets = new Map<string, SrtpSecret>();
  #keyLog = '';
  readonly #path: string;
  readonly #names = new Map<string, Set<string>>();
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #secretsToWrite = false;
  #writing: Promise<void> = Promise.resolve();
  #packets = 0;
  #dropped = 0;
  #fault: Error | undefined;
  #closed = false;

  private constructor(path: string, file: FileHandle, options: RecorderOptions) {
    this.#path = path;
    this.#file = file;
    this.#secretsFile = options.secretsFile;
    this.#epochOffsetUs = Date.now() * 1000 - options.clock.nowUs();
    this.#push(
      sectionHeaderBlock('plugfest', `time on the run's clock (µs) = packet time - ${this.#epochOffsetUs} µs`),
    );
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** @throws where the file cannot be made */
  static async open(path: string, options: RecorderOptions): Promise<PacketRecorder> {
    await mkdir(dirname(path), { recursive: true });
    return new PacketRecorder(path, await open(path, 'w', 0o600), options);
  }

  /** Packets in the file. */
  get packets(): number {
    return this.#packets;
  }

  /** Packets that the disk was too slow for, or that no capture can hold. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Why nothing is recorded any more (a full disk), if so. */
  get fault(): Error | undefined {
    return this.#fault;
  }

  interface(name: string): PacketInterface {
    return { recordUdp: (packet) => this.#recordUdp(name, packet) };
  }

  /** The packet's number in the file, from 1; undefined where it was not kept. */
  recordSip(entry: RecordedSip): number | undefined {
    const [source, destination] = [parseAddress(entry.source), parseAddress(entry.destination)];
    if (!source || !destination || familyOf(source.address) !== familyOf(destination.address)) return this.#drop();
    const data = Buffer.from(withMkiApart(redact(Buffer.from(entry.bytes).toString('latin1'))), 'latin1');
    const udp = entry.transport === 'udp';
    if (udp && data.length > LONGEST_UDP_PAYLOAD) return this.#drop();
    const packet = udp ? udpPacket(source, destination, data) : exportedPdu('sip', source, destination, data);
    const interfaceId = udp
      ? this.#interface(LINK_TYPE.rawIp, 'sip')
      : this.#interface(LINK_TYPE.exportedPdu, `sip-${entry.transport}`);
    return this.#record(interfaceId, entry.atUs, packet, entry.note);
  }

  /** Who is at an address (`address:port`): stands at the end of the file. An address that several share has the names of all. */
  nameAddress(at: string, name: string): void {
    const address = parseAddress(at)?.address;
    if (address !== undefined) this.#names.set(address, (this.#names.get(address) ?? new Set()).add(name));
  }

  /** Keys of DTLS sessions, which stand in the file itself: Wireshark opens what they protect. */
  addKeyLog(lines: string): void {
    this.#keyLog += lines;
  }

  /** Keys to decrypt the recording with: `decryptCapture`. */
  addSecrets(secrets: readonly SrtpSecret[]): void {
    const before = this.#secrets.size;
    for (const secret of secrets) this.#secrets.set(JSON.stringify(secret), secret);
    if (this.#secrets.size > before) this.#secretsToWrite = true;
  }

  /** Writes what is left. Idempotent; never throws: `fault` tells. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#timer);
    if (this.#names.size > 0)
      this.#push(nameResolutionBlock([...this.#names].map(([address, names]) => [address, [...names].join('+')])));
    this.#flush();
    await this.#writing;
    await this.#file.close().catch((fault: Error) => {
      this.#fault ??= fault;
    });
    if (this.#keyLog !== '' && !this.#fault) await this.#insertKeyLog();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #insertKeyLog(): Promise<void> {
    try {
      const whole = withKeyLog(await readFile(this.#path), this.#keyLog);
      await writeFileAtomically(this.#path, whole, { mode: 0o600 });
    } catch (fault) {
      this.#fault = fault as Error;
    }
  }

  #recordUdp(name: string, { atUs, source, destination, payload }: RecordedUdp): number | undefined {
    const fits = payload.length <= LONGEST_UDP_PAYLOAD && familyOf(source.address) === familyOf(destination.address);
    if (!fits) return this.#drop();
    if (isSealedFeedback(payload)) {
      const interfaceId = this.#interface(LINK_TYPE.exportedPdu, name);
      return this.#record(interfaceId, atUs, opaqueDatagram({ source, destination, payload }), SEALED_FEEDBACK);
    }
    return this.#record(this.#interface(LINK_TYPE.rawIp, name), atUs, udpPacket(source, destination, payload));
  }

  #interface(linkType: number, name: string): number {
    const key = `${linkType} ${name}`;
    let id = this.#interfaces.get(key);
    if (id === undefined) {
      id = this.#interfaces.size;
      this.#interfaces.set(key, id);
      this.#push(interfaceBlock(linkType, name));
    }
    return id;
  }

  #record(interfaceId: number, atUs: number, data: Buffer, comment?: string): number | undefined {
    if (this.#closed || this.#fault || this.#queuedBytes > LONGEST_QUEUE_BYTES) return this.#drop();
    this.#push(packetBlock({ interfaceId, epochUs: Math.round(atUs + this.#epochOffsetUs), data, comment }));
    return ++this.#packets;
  }

  #drop(): undefined {
    this.#dropped++;
  }

  #push(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
  }

  /** One write at a time, of whole blocks. */
  #flush(): void {
    const secretsToWrite = this.#secretsToWrite && this.#secretsFile !== undefined;
    if (this.#queue.length === 0 && !secretsToWrite) return;
    const bytes = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#secretsToWrite = false;
    this.#writing = this.#writing.then(async () => {
      try {
        if (secretsToWrite) await this.#writeSecrets();
        if (!this.#fault) await this.#file.appendFile(bytes);
      } catch (fault) {
        this.#fault = fault as Error;
      }
      this.#queuedBytes -= bytes.length;
    });
  }

  async #writeSecrets(): Promise<void> {
    const secrets = { version: 1, secrets: [...this.#secrets.values()] };
    await writeFileAtomically(this.#secretsFile as string, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  }
}
