import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { hostClock } from '@plugfest/host';
import { expect, test } from 'vitest';
import { ReceiverPort } from './receiver-port.ts';

test('packets that were under way when it was closed come to nobody, and hurt nobody', async () => {
  const receiver = createSocket('udp4');
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const primer = Uint8Array.of(1);
  const { port } = receiver.address();
  const way = await ReceiverPort.open({ host: '127.0.0.1', port, clock: hostClock, primer });
  await way.listening;
  await way[Symbol.asyncDispose]();
  // A delayed network delivers after hang-up.
  expect(() => way.send(Uint8Array.of(2))).not.toThrow();
  receiver.close();
});
