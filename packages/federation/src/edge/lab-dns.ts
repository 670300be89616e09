import { createSocket, type Socket } from 'node:dgram';
import { type Answer, decode, encode } from 'dns-packet';

const HOST = '127.0.0.1';
const TTL_S = 60;
const MAX_LABELS = 16;
const NAME_ERROR = 3;

/** What a domain tells the world of itself. */
export interface LabZone {
  readonly domain: string;
  /** Name and port of the federation edge; absent: the domain is not federated. */
  readonly federation?: { readonly target: string; readonly port: number };
  /** Name and port of what remote users' clients come to, and of what those inside do. */
  readonly remote?: { readonly target: string; readonly port: number };
  readonly inside?: { readonly target: string; readonly port: number };
  /** Port and name of the web server that phones find by `lyncdiscover.`; on the lab's loopback it cannot be 443. */
  readonly web?: { readonly target: string; readonly port: number };
}

/** The records that Lync's clients and edges look for. @see FEDERATION §2 SRV */
export function recordsOf({ domain, federation, remote, inside, web }: LabZone): Answer[] {
  const services = [
    [`_sipfederationtls._tcp.${domain}`, federation],
    [`_sip._tls.${domain}`, remote],
    [`_sipinternaltls._tcp.${domain}`, inside],
    [`_https._tcp.lyncdiscover.${domain}`, web && { target: `lyncdiscover.${domain}`, port: web.port }],
  ] as const;
  const told = services.flatMap(([name, service]): Answer[] =>
    service ? [{ type: 'SRV', name, ttl: TTL_S, data: { priority: 100, weight: 1, ...service } }] : [],
  );
  const hosts = new Set([federation, remote, inside, web].flatMap((service) => (service ? [service.target] : [])));
  const names = [...hosts, `lyncdiscover.${domain}`, `lyncdiscoverinternal.${domain}`];
  return [...told, ...names.map((name): Answer => ({ type: 'A', name, ttl: TTL_S, data: HOST }))];
}

/** A name server of the lab's own, on a loopback port of its own: nothing that is asked of it leaves the machine. */
export class LabDns implements AsyncDisposable {
  /** Each question, as `SRV name`. */
  readonly asked: string[] = [];
  readonly #socket: Socket;
  readonly #records = new Map<string, Answer[]>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, { address, port }) => {
      const answer = this.#answerTo(bytes);
      if (answer !== undefined) socket.send(answer, port, address);
    });
  }

  static async open(zones: readonly LabZone[] = []): Promise<LabDns> {
    const socket = createSocket('udp4');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('error', reject);
    socket.bind(0, HOST, resolve);
    await promise;
    socket.on('error', () => {});
    const dns = new LabDns(socket);
    for (const zone of zones) dns.add(recordsOf(zone));
    return dns;
  }

  /** `address:port`, for `dnsNameServer`. */
  get address(): string {
    return `${HOST}:${this.#socket.address().port}`;
  }

  add(records: readonly Answer[]): void {
    for (const record of records) {
      const name = record.name.toLowerCase();
      this.#records.set(name, [...(this.#records.get(name) ?? []), record]);
    }
  }

  /** What is no question gets no answer. */
  #answerTo(bytes: Buffer): Buffer | undefined {
    try {
      const { id = 0, type, questions = [] } = decode(bytes);
      const [question] = questions;
      if (type !== 'query' || question === undefined || question.name.split('.').length > MAX_LABELS) return undefined;
      this.asked.push(`${question.type} ${question.name}`);
      const known = this.#records.get(question.name.toLowerCase());
      const answers = (known ?? []).filter((record) => record.type === question.type);
      const flags = known === undefined ? NAME_ERROR : 0;
      return encode({ type: 'response', id, flags, questions: [question], answers });
    } catch {
      return undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.close(resolve);
    await promise;
  }
}
