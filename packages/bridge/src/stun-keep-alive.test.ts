import { createSocket } from 'node:dgram';
import { expect, test } from 'vitest';
import { classes, Message, methods, parseMessage } from 'werift';
import { startBridge } from './start-bridge.ts';

const host = '127.0.0.1';

/** One datagram to the bridge's SIP port, and what comes back. */
async function ask(port: number, bytes: Uint8Array): Promise<{ answer: Buffer; from: readonly [string, number] }> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const answered = new Promise<Buffer>((resolve) => socket.once('message', resolve));
  socket.send(bytes, port, host);
  const answer = await answered;
  const from = [host, socket.address().port] as const;
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return { answer, from };
}

test('a STUN keep-alive of werift over the SIP port is answered with where it came from', async () => {
  await using bridge = await startBridge({});
  const port = Number(bridge.addresses.udp.split(':')[1]);
  const request = new Message(methods.BINDING, classes.REQUEST);
  const { answer, from } = await ask(port, request.bytes);
  const response = parseMessage(answer);
  expect(response?.messageClass).toBe(classes.RESPONSE);
  expect(response?.transactionIdHex).toBe(request.transactionIdHex);
  expect(response?.getAttributeValue('XOR-MAPPED-ADDRESS')).toEqual(from);

  // Something that we would have to understand: refused, by name.
  const strange = new Message(methods.BINDING, classes.REQUEST);
  strange.setAttribute('USERNAME', 'x');
  const refused = parseMessage((await ask(port, strange.bytes)).answer);
  expect([refused?.messageClass, refused?.getAttributeValue('ERROR-CODE')?.[0]]).toEqual([classes.ERROR, 420]);

  // Half of one, and an indication: no answer, and SIP goes on.
  const socket = createSocket('udp4');
  const indication = new Message(methods.BINDING, classes.INDICATION);
  for (const bytes of [
    request.bytes.subarray(0, 19),
    Buffer.concat([request.bytes, Buffer.alloc(4)]),
    indication.bytes,
  ])
    socket.send(bytes, port, host);
  socket.close();
  const options = `OPTIONS sip:x@${host} SIP/2.0\r\nVia: SIP/2.0/UDP ${host}:9;branch=z9hG4bKstun;rport\r\nMax-Forwards: 70\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: stun\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n`;
  expect((await ask(port, Buffer.from(options))).answer.toString()).toMatch(/^SIP\/2\.0 200 /);
});
