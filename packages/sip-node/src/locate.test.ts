import { createSocket, type Socket } from 'node:dgram';
import { seededRandom } from '@plugfest/model';
import { parseSipUri } from '@plugfest/sip';
import { type Answer, decode, encode } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dnsNameServer } from './dns-name-server.ts';
import { locator } from './locate.ts';
import { openUserAgent } from './loopback-fixture.ts';
import type { NameServer, SrvRecord } from './name-server.ts';

const host = '127.0.0.1';

/** A real DNS server on the loopback: node's resolver asks, dns-packet reads and writes. */
class DnsServer {
  readonly asked: string[] = [];
  zone: readonly Answer[] = [];
  readonly #socket: Socket = createSocket('udp4');

  async open(): Promise<void> {
    this.#socket.on('message', (bytes, from) => {
      const { id, questions = [] } = decode(bytes);
      const [question] = questions;
      if (question === undefined) return;
      this.asked.push(`${question.type} ${question.name}`);
      const answers = this.zone.filter(({ type, name }) => type === question.type && name === question.name);
      const known = this.zone.some(({ name }) => name === question.name);
      const flags = known ? 0 : 3;
      this.#socket.send(
        encode({ type: 'response', id, flags, questions: [...questions], answers: [...answers] }),
        from.port,
      );
    });
    await new Promise<void>((resolve) => this.#socket.bind(0, host, resolve));
  }

  get address(): string {
    return `${host}:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }
}

const dns = new DnsServer();
let names: NameServer;
beforeAll(async () => {
  await dns.open();
  names = dnsNameServer([dns.address]);
});
afterAll(() => dns.close());

const naptr = (order: number, preference: number, services: string, replacement: string): Answer => ({
  type: 'NAPTR',
  name: 'corp.example',
  data: { order, preference, flags: 's', services, regexp: '', replacement },
});
const srv = (name: string, priority: number, weight: number, port: number, target: string): Answer => ({
  type: 'SRV',
  name,
  data: { priority, weight, port, target },
});
const a = (name: string, data: string): Answer => ({ type: 'A', name, data });

async function located(uri: string, seed = 1): Promise<string[]> {
  const parsed = parseSipUri(uri);
  if (!parsed.ok) throw new Error(uri);
  const targets = await locator(names, seededRandom(seed))(parsed.value);
  return targets.map((target) => `${target.transport} ${target.host}:${target.port} ${target.name}`);
}

describe('RFC 3263 §4, asked of a DNS server', () => {
  const zone = [
    naptr(90, 50, 'SIP+D2T', '_sip._tcp.corp.example'),
    naptr(100, 50, 'SIP+D2U', '_sip._udp.corp.example'),
    naptr(50, 50, 'SIPS+D2T', '_sips._tcp.corp.example'),
    naptr(10, 1, 'E2U+sip', 'nonsense.example'),
    srv('_sip._tcp.corp.example', 0, 1, 5070, 'one.corp.example'),
    srv('_sip._tcp.corp.example', 1, 1, 5071, 'two.corp.example'),
    srv('_sip._udp.corp.example', 0, 1, 5080, 'one.corp.example'),
    srv('_sips._tcp.corp.example', 0, 1, 5091, 'one.corp.example'),
    a('one.corp.example', '127.0.0.11'),
    a('two.corp.example', '127.0.0.12'),
    a('two.corp.example', '127.0.0.13'),
    { type: 'AAAA', name: 'two.corp.example', data: '::1' } as const,
    a('corp.example', '127.0.0.10'),
    a('plain.example', '127.0.0.20'),
    srv('_sip._tcp.guess.example', 0, 1, 5999, 'one.corp.example'),
    srv('_sip._udp.shut.example', 0, 0, 0, '.'),
    a('shut.example', '127.0.0.30'),
  ];
  const TLS = 'tls 127.0.0.11:5091 corp.example';

  test.each([
    ['NAPTR by order, unknown services left out', 'sip:x@corp.example', [TLS]],
    ['sips takes no insecure service', 'sips:x@corp.example', [TLS]],
    [
      'the transport asked for decides the SRV name; by priority; every address',
      'sip:x@corp.example;transport=tcp',
      ['tcp 127.0.0.11:5070', 'tcp 127.0.0.12:5071', 'tcp 127.0.0.13:5071', 'tcp ::1:5071'].map(
        (each) => `${each} corp.example`,
      ),
    ],
    ['a port asks for addresses only', 'sip:x@corp.example:5062', ['udp 127.0.0.10:5062 corp.example']],
    ['a port and sips is TLS', 'sips:x@corp.example:5062', ['tls 127.0.0.10:5062 corp.example']],
    ['without NAPTR the SRV names are guessed', 'sip:x@guess.example', ['tcp 127.0.0.11:5999 guess.example']],
    ['without either it is UDP to 5060', 'sip:x@plain.example', ['udp 127.0.0.20:5060 plain.example']],
    [
      'maddr is asked, the host stays the name',
      'sip:x@corp.example;maddr=plain.example',
      ['udp 127.0.0.20:5060 corp.example'],
    ],
    ['a target of "." is a service not offered', 'sip:x@shut.example', []],
    ['nothing known', 'sip:x@nobody.example', []],
  ])('%s: %s', async (_, uri, expected) => {
    dns.zone = zone;
    expect(await located(uri)).toEqual(expected);
  });

  test('with a port nothing but addresses is asked', async () => {
    dns.asked.length = 0;
    await located('sip:x@corp.example:5062');
    expect(new Set(dns.asked)).toEqual(new Set(['A corp.example', 'AAAA corp.example']));
  });

  test('servers of equal priority are drawn in proportion to their weights', async () => {
    const records: SrvRecord[] = [
      { priority: 0, weight: 3, port: 1, name: '127.0.0.1' },
      { priority: 0, weight: 1, port: 2, name: '127.0.0.1' },
    ];
    const stub: NameServer = { naptr: async () => [], srv: async () => records, addresses: async (name) => [name] };
    const uri = parseSipUri('sip:x@even.example;transport=udp');
    const locate = locator(stub, seededRandom(7));
    let first = 0;
    for (let n = 0; n < 4000; n++) if (uri.ok && (await locate(uri.value))[0]?.port === 1) first++;
    // Binomial, n 4000, p ¾: five standard deviations are 137.
    expect(Math.abs(first - 3000)).toBeLessThan(137);
  });

  test('the server that cannot be reached is passed over for the next', async () => {
    await using callee = await openUserAgent({ listen: [{ transport: 'tcp', host }] });
    const live = callee.addresses[0]?.port ?? 0;
    const dead = createSocket('udp4');
    await new Promise<void>((resolve) => dead.bind(0, host, resolve));
    dns.zone = [
      srv('_sip._tcp.two.example', 0, 1, dead.address().port, 'a.two.example'),
      srv('_sip._tcp.two.example', 1, 1, live, 'a.two.example'),
      a('a.two.example', host),
    ];
    await using caller = await openUserAgent({ locate: locator(names, seededRandom(1)) });
    expect((await caller.request('OPTIONS', 'sip:x@two.example;transport=tcp')).statusCode).toBe(200);
    expect((await caller.request('OPTIONS', 'sip:x@nobody.example')).statusCode).toBe(503);
    dead.close();
  });
});
