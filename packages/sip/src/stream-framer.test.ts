import { describe, expect, test } from 'vitest';
import { type FramedItem, formatMessage, parseMessage, StreamFramer } from './index.ts';

const MESSAGE = Buffer.from(
  'MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP a.example;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 MESSAGE\r\nl: 9\r\n\r\n\r\n\r\nab\0\r\n',
  'latin1',
);

function frame(bytes: Uint8Array, size: number): FramedItem[] {
  const framer = new StreamFramer();
  const items: FramedItem[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const pushed = framer.push(bytes.subarray(at, at + size));
    if (!pushed.ok) throw new Error(pushed.error.text);
    items.push(...pushed.value);
  }
  return items;
}

describe('StreamFramer', () => {
  const stream = Buffer.concat([Buffer.from('\r\n'), MESSAGE, MESSAGE, Buffer.from('\r\n\r\n'), MESSAGE]);
  for (const size of [1, 2, 3, 7, 100, 1460, stream.length]) {
    test(`three messages and a ping in segments of ${size}`, () => {
      const items = frame(stream, size);
      expect(items.map((item) => (item === 'keep-alive' ? item : item.body.length))).toEqual([9, 9, 'keep-alive', 9]);
    });
  }

  test('hands out the bytes as received', () => {
    const framer = new StreamFramer();
    const pushed = framer.push(MESSAGE);
    const item = pushed.ok ? pushed.value[0] : undefined;
    expect(item !== undefined && item !== 'keep-alive' && Buffer.from(framer.bytesOf(item) ?? []).equals(MESSAGE)).toBe(
      true,
    );
  });

  test('a negative Content-Length: the message for a 400, then nothing more', () => {
    const framer = new StreamFramer();
    const pushed = framer.push(Buffer.from(MESSAGE.toString('latin1').replace('l: 9', 'l: -9'), 'latin1'));
    expect(pushed.ok && pushed.value).toHaveLength(1);
    expect(framer.lost?.code).toBe('content-length');
    expect(framer.push(MESSAGE).ok).toBe(false);
  });

  test('limits: endless headers, huge Content-Length', () => {
    const framer = new StreamFramer(4096);
    let fault = '';
    for (let i = 0; i < 100 && fault === ''; i++) {
      const pushed = framer.push(Buffer.from(`X-${i}: ${'a'.repeat(100)}\r\n`));
      if (!pushed.ok) fault = pushed.error.code;
    }
    expect(fault).toBe('message-too-large');
    const other = new StreamFramer(4096).push(
      Buffer.from(MESSAGE.toString('latin1').replace('l: 9', 'l: 99999'), 'latin1'),
    );
    expect(other.ok ? '' : other.error.code).toBe('message-too-large');
  });

  test('byte by byte costs at most in proportion to size', () => {
    const body = (bytes: number): Uint8Array => {
      const parsed = parseMessage(MESSAGE);
      if (!parsed.ok || parsed.value.kind !== 'request') throw new Error('the fixture does not parse');
      return formatMessage({
        ...parsed.value,
        headers: [...parsed.value.headers, { name: 'X', value: 'y'.repeat(bytes) }],
      });
    };
    const cost = (bytes: number): number => {
      const message = body(bytes);
      const best = Array.from({ length: 5 }, () => {
        const startedAt = process.cpuUsage();
        frame(message, 1);
        const used = process.cpuUsage(startedAt);
        return used.user + used.system;
      });
      return Math.min(...best);
    };
    cost(20_000);
    expect(cost(40_000) / cost(20_000)).toBeLessThan(3.2);
  });
});
