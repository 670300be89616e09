import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { leaseTcpPort, leaseUdpPorts } from './port-lease.ts';

test('a run of ports is consecutive and starts with an even one', async () => {
  await using lease = await leaseUdpPorts({ count: 4, consecutive: true });
  const [first = 0] = lease.ports;
  expect(lease.ports).toEqual([first, first + 1, first + 2, first + 3]);
  expect(first % 2).toBe(0);
});

test('two hundred leases at once do not collide', async () => {
  const leases = await Promise.all(Array.from({ length: 100 }, () => leaseUdpPorts({ count: 2, consecutive: true })));
  const ports = leases.flatMap((lease) => lease.ports);
  expect(new Set(ports).size).toBe(200);
  for (const lease of leases) lease.release();
});

test('what is leased can be bound, on either loopback', async () => {
  for (const host of ['127.0.0.1', '::1']) {
    await using lease = await leaseUdpPorts({ host });
    const socket = createSocket(host === '::1' ? 'udp6' : 'udp4');
    socket.bind(lease.ports[0] as number, host);
    await once(socket, 'listening');
    socket.close();
    await using tcp = await leaseTcpPort(host);
    expect(tcp.ports).toHaveLength(1);
  }
});

test('a port that somebody else has bound is passed over', async () => {
  await using probe = await leaseUdpPorts();
  const next = (probe.ports[0] as number) + 1;
  const stranger = createSocket('udp4');
  stranger.bind(next, '127.0.0.1');
  await once(stranger, 'listening');
  await using lease = await leaseUdpPorts({ count: 3 });
  expect(lease.ports).not.toContain(next);
  stranger.close();
});

test.runIf(process.platform === 'linux')('another process is not given what is leased here', async () => {
  const lease = await leaseUdpPorts({ count: 8, consecutive: true });
  // The other one starts its search at our first port.
  const script = `Math.random = () => ${((lease.ports[0] as number) - 16384) / (32768 - 16384)};
    const { leaseUdpPorts } = await import(${JSON.stringify(join(import.meta.dirname, 'index.ts'))});
    console.log(JSON.stringify((await leaseUdpPorts({ count: 8 })).ports));`;
  const other = async (): Promise<number[]> =>
    JSON.parse((await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])).stdout);
  const shared = (await other()).filter((port) => lease.ports.includes(port));
  expect(shared).toEqual([]);
  lease.release();
  expect(await other()).toEqual(lease.ports);
});
