import { once } from 'node:events';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PageServer } from './page-server.ts';

it('serves the page to who knows its address, isolated, and nothing to anyone else', async () => {
  await using server = await PageServer.open();
  const page = await fetch(server.url);
  expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(await page.text()).toContain('<video');
  for (const path of ['/', '/page.js', '/../../etc/passwd', '/__proto__'])
    expect((await fetch(new URL(path, server.url))).status).toBe(404);
  expect((await fetch(new URL('__proto__', server.url))).status).toBe(404);
});

it('takes the media connection of its own page only', async () => {
  await using server = await PageServer.open();
  const stranger = new WebSocket(new URL('/media', server.url.replace('http', 'ws')));
  const [fault] = (await once(stranger, 'error')) as [Error];
  expect(fault.message).toContain('400');
  const own = new WebSocket(new URL('media', server.url.replace('http', 'ws')));
  await once(own, 'open');
  expect((await server.connected).readyState).toBe(WebSocket.OPEN);
  own.close();
});
