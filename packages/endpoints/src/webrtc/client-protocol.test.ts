import { expect, it } from 'vitest';
import { parseClientEvent } from './client-protocol.ts';

it('reads an event', () => {
  expect(parseClientEvent('{"type":"left"}')).toEqual({ type: 'left' });
});

it.each(['', 'libwebrtc says so', '{', '{"no":"type"}', '{"type":7}', '[1]', 'null'])('passes over %j', (text) => {
  expect(parseClientEvent(text)).toBeUndefined();
});
