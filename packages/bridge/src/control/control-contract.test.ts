import { request as httpRequest } from 'node:http';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { startBridge } from '../start-bridge.ts';
import { WHIP_OPERATIONS } from '../whip/whip-operations.ts';
import { assertGuarded } from './access.ts';
import { OPERATIONS } from './operations.ts';
import { ROUTE_NAMES } from './routes.ts';

const TOKEN = 'a-token-of-enough-length';

describe('the description of the control API', () => {
  test('is valid OpenAPI 3.1 and has every route, and no other', async () => {
    await using bridge = await startBridge();
    const document = (await (await fetch(`${bridge.controlUrl}/openapi.json`)).json()) as Record<string, object>;
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
    const described = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(described.toSorted()).toEqual([...ROUTE_NAMES, 'GET /events', ...WHIP_OPERATIONS.keys()].toSorted());
    expect(described.toSorted()).toEqual([...OPERATIONS.keys()].toSorted());
    const broken = { ...document, paths: { '/x': { get: { responses: 7 } } } };
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  test.each([
    ['deep', '['.repeat(30_000) + ']'.repeat(30_000), 400],
    ['deep in a member', `{"id":${'{"a":'.repeat(9000)}1${'}'.repeat(9000)}}`, 400],
    ['of a foreign prototype', '{"id":"x","__proto__":{"width":640}}', 400],
    ['of a foreign constructor', '{"id":"x","constructor":{"prototype":{"width":640}}}', 422],
    ['huge', `{"id":"${'x'.repeat(70_000)}"}`, 413],
    ['with what nobody knows', '{"id":"x","wdith":640}', 422],
    ['of half a character', Buffer.from([0x7b, 0xc3, 0x7d]), 400],
  ])('a body that is %s is refused, and the bridge stays', async (kind, body, status) => {
    await using bridge = await startBridge();
    const response = await fetch(`${bridge.controlUrl}/conferences`, { method: 'POST', body });
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as { status: number };
    expect(problem.status).toBe(response.status);
    expect(problem).toMatchObject({ type: 'about:blank', title: expect.any(String), detail: expect.any(String) });
    // How deep the walk comes before the stack ends is the machine's; both are refusals.
    expect(/deep/.test(kind) ? [400, 422] : [status]).toContain(response.status);
    expect(await (await fetch(`${bridge.controlUrl}/conferences`)).json()).toEqual([]);
  });

  test('a method that a path has not is answered with those it has', async () => {
    await using bridge = await startBridge();
    const response = await fetch(`${bridge.controlUrl}/conferences`, { method: 'PUT' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});

describe('the token', () => {
  test.each([
    [undefined, 401],
    ['Bearer', 401],
    [`Bearer ${TOKEN}x`, 401],
    [`Basic ${TOKEN}`, 401],
    [`bearer ${TOKEN}`, 200],
  ])('%s: %i', async (authorization, status) => {
    await using bridge = await startBridge({ controlToken: TOKEN });
    for (const path of ['/conferences', '/openapi.json', '/events']) {
      const abort = new AbortController();
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${bridge.controlUrl}${path}`, { headers, signal: abort.signal });
      expect(response.status).toBe(status);
      if (status === 401) expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="plugfest"/);
      abort.abort();
    }
  });

  test('a page of another site steers nothing, and a page of its own does', async () => {
    await using bridge = await startBridge({});
    const status = async (origin: string): Promise<number> =>
      (await fetch(`${bridge.controlUrl}/conferences`, { headers: { origin } })).status;
    expect(await status('https://evil.example')).toBe(403);
    expect(await status('null')).toBe(403);
    expect(await status(bridge.controlUrl)).toBe(200);
  });

  test.each(['0.0.0.0', '::', '192.0.2.1', 'bridge.example'])('is needed on %s', (host) => {
    expect(() => assertGuarded(host, undefined)).toThrow(/needs a token/);
    expect(() => assertGuarded(host, TOKEN)).not.toThrow();
  });

  test.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('is not needed on %s', (host) => {
    expect(() => assertGuarded(host, undefined)).not.toThrow();
  });

  test('a bridge beyond the loopback does not start without it', async () => {
    await expect(startBridge({ host: '0.0.0.0' })).rejects.toThrow(/needs a token/);
  });
});

describe('events', () => {
  /** Reads until the text fits. */
  async function read(url: string, lastId: string, until: RegExp): Promise<string> {
    const abort = new AbortController();
    const response = await fetch(`${url}/events`, { headers: { 'last-event-id': lastId }, signal: abort.signal });
    let text = '';
    for await (const piece of response.body ?? []) {
      text += Buffer.from(piece).toString();
      if (until.test(text)) break;
    }
    abort.abort();
    return text;
  }

  test.each(['3', '999999', 'abc'])(
    'after %s, which is not kept: everything as it is now, then what follows',
    async (lastId) => {
      await using bridge = await startBridge();
      const body = JSON.stringify({ id: 'board' });
      await fetch(`${bridge.controlUrl}/conferences`, { method: 'POST', body });
      for (let n = 0; n < 4100; n++) bridge.events.emit('tick', { n });
      const text = read(bridge.controlUrl, lastId, /event: after\n/);
      const timer = setInterval(() => bridge.events.emit('after', {}), 20);
      const [reset = '', next = ''] = (await text).split('\n\n');
      clearInterval(timer);
      expect(reset).toMatch(/^id: 4101\nevent: reset\ndata: \{"conferences":\[\{"id":"board"/);
      expect(next).toMatch(/^id: 410[2-9]\nevent: after\n/);
    },
  );

  test('who does not read is cut, and others are told on', async () => {
    await using bridge = await startBridge();
    const own = bridge.events.listeners;
    const cut = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const slow = httpRequest(`${bridge.controlUrl}/events`, (response) => {
      response.pause();
      response.on('close', () => cut.resolve()).on('error', () => cut.resolve());
      open.resolve();
    });
    slow.on('error', () => cut.resolve());
    slow.end();
    await open.promise;
    const text = 'x'.repeat(1 << 20);
    for (let n = 0; n < 40; n++) {
      bridge.events.emit('much', { text });
      await new Promise(setImmediate);
    }
    await expect.poll(() => bridge.events.listeners).toBe(own);
    expect(await read(bridge.controlUrl, '39', /event: much\n/)).toContain('id: 40\n');
    slow.destroy();
    await cut.promise;
  });
});
