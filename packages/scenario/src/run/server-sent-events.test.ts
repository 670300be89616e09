import { describe, expect, it } from 'vitest';
import { readServerSentEvents } from './server-sent-events.ts';

async function read(pieces: readonly Uint8Array[]): Promise<unknown[]> {
  const body = (async function* () {
    yield* pieces;
  })();
  const events = [];
  for await (const event of readServerSentEvents(body)) events.push(event);
  return events;
}

describe('server-sent events', () => {
  const text =
    ': hello\n\nid: 1\nevent: view.changed\ndata: {"a":\ndata: "ü"}\n\ndata: plain\n\nevent: nothing\n\ndata: unfinished';
  const expected = [
    { event: 'view.changed', data: '{"a":\n"ü"}' },
    { event: 'message', data: 'plain' },
  ];

  it.each([1, 2, 7, 1000])('come out the same in pieces of %i bytes', async (size) => {
    const bytes = new TextEncoder().encode(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(await read(pieces)).toEqual(expected);
  });
});
