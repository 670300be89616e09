import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningBridge, startBridge } from '../start-bridge.ts';
import { browserOffer, type Direction, fragment, OFFER_LINES, slowPost } from './whip-fixture.ts';

const SDP = { 'content-type': 'application/sdp' };
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag' };
const TOKEN = 'a-token-for-publishers';

let bridge: RunningBridge;
beforeAll(async () => {
  bridge = await startBridge({ whip: { bodyTimeoutMs: 200 }, limits: {} });
});
afterAll(() => bridge[Symbol.asyncDispose]());

function post(path: string, body: string, headers: Record<string, string> = SDP, at = bridge): Promise<Response> {
  return fetch(`${at.controlUrl}${path}`, { method: 'POST', headers, body });
}

async function sessionOf(path = '/whip/room', direction: Direction = 'sendonly', at = bridge) {
  const response = await post(path, browserOffer(direction), SDP, at);
  expect(response.status).toBe(201);
  const url = new URL(response.headers.get('location') ?? '', `${at.controlUrl}${path}`).href;
  return { url, etag: response.headers.get('etag') ?? '', answer: await response.text(), response };
}

function patch(
  url: string,
  body: string,
  ifMatch?: string,
  headers: Record<string, string> = FRAGMENT,
): Promise<Response> {
  const match: Record<string, string> = ifMatch === undefined ? {} : { 'if-match': ifMatch };
  return fetch(url, { method: 'PATCH', headers: { ...headers, ...match }, body });
}

async function rooms(): Promise<string[]> {
  const conferences = await (await fetch(`${bridge.controlUrl}/conferences`)).json();
  return (conferences as { id: string }[]).map(({ id }) => id);
}

async function expectProblem(response: Response, status: number, detail: RegExp): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ type: 'about:blank', status, detail: expect.stringMatching(detail) });
}

describe('an offer', () => {
  test.each([
    ['/whip/room', 'sendonly', 'recvonly'],
    ['/whip/room', 'sendrecv', 'recvonly'],
    ['/whep/room', 'recvonly', 'sendonly'],
    ['/whep/room', 'sendrecv', 'sendonly'],
  ] as const)('to %s, %s, is answered %s, and the session can be ended', async (path, offered, answered) => {
    const { url, answer, response } = await sessionOf(path, offered);
    expect(response.headers.get('content-type')).toBe('application/sdp');
    expect(url).toMatch(new RegExp(`^${bridge.controlUrl}${path}/[\\w-]{24}$`));
    expect(response.headers.get('etag')).toMatch(/^"[\w-]+"$/);
    expect(response.headers.get('accept-patch')).toBe('application/trickle-ice-sdpfrag');
    expect(response.headers.get('link')).toBeNull();
    expect([...answer.matchAll(/^a=(sendrecv|sendonly|recvonly|inactive)\r$/gm)].map(([, way]) => way)).toEqual([
      answered,
      answered,
    ]);
    expect(answer).toMatch(/^a=setup:(active|passive)\r$/m);
    expect(answer).toMatch(/^a=group:BUNDLE 0 1\r$/m);
    expect(answer.match(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 \d+ typ host/m)).not.toBeNull();
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(200);
    await expectProblem(await fetch(url, { method: 'DELETE' }), 404, /no such session/);
    await expectProblem(await patch(url, fragment(), '*'), 404, /no such session/);
  });

  const plain = browserOffer('sendonly').replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP');
  const { session, security, audio, video } = OFFER_LINES;
  const lines = (...parts: readonly (readonly string[])[]): string => `${parts.flat().join('\r\n')}\r\n`;
  const [one, two] = [
    [...audio, ...security],
    [...video, ...security],
  ];
  const unbundled = lines(
    session.filter((line) => !line.startsWith('a=group')),
    one,
    two,
  );
  const bare = (name: string): string =>
    lines(
      browserOffer('sendonly')
        .split('\r\n')
        .filter((line) => !line.startsWith(`a=${name}`)),
    );
  const data = lines(session, one, ['m=application 9 UDP/DTLS/SCTP webrtc-datachannel', 'a=mid:1'], security);
  const unknown = browserOffer('sendonly').replace('opus/48000/2', 'speex/8000');
  test.each([
    ['whip', 'no SDP', 'hello', 400, /no session description/],
    ['whip', 'nothing', '', 400, /no session description/],
    ['whip', 'JSON', '{"type":"offer"}', 400, /no session description/],
    ['whip', 'half a description', browserOffer('sendonly').slice(0, 40), 400, /./],
    ['whip', 'plain RTP to whomever', plain, 400, /only audio and video over UDP\/TLS/],
    ['whip', 'a data channel', data, 400, /m=application/],
    ['whip', 'no bundle', unbundled, 400, /bundle/],
    ['whip', 'no ICE', bare('ice-ufrag'), 400, /ice-ufrag/],
    ['whip', 'no fingerprint', bare('fingerprint'), 400, /fingerprint/],
    ['whip', 'only to receive', browserOffer('recvonly'), 400, /recvonly/],
    ['whip', 'to do nothing', browserOffer('inactive'), 400, /inactive/],
    ['whep', 'only to send', browserOffer('sendonly'), 400, /sendonly/],
    ['whip', 'a codec that nobody has, beside one that is known', unknown, 422, /./],
    [
      'whip',
      'two microphones',
      lines(
        session,
        one,
        one.map((line) => line.replace('mid:0', 'mid:1')),
      ),
      422,
      /./,
    ],
  ])('to %s of %s is refused', async (kind, _, offer, status, detail) => {
    await expectProblem(await post(`/${kind}/room`, offer), status, detail);
    await expect.poll(rooms).toEqual([]);
  });

  test('cut anywhere, or with a bit of it changed, is answered or refused, never by a fault of ours', async () => {
    const whole = browserOffer('sendonly');
    for (let at = 7; at < whole.length; at += 41) {
      const bent = Buffer.from(whole);
      bent[at] = (bent[at] ?? 0) ^ 0x10;
      for (const body of [whole.slice(0, at), bent.toString('latin1')]) {
        const response = await post('/whip/room', body);
        expect([201, 400, 422]).toContain(response.status);
        await response.body?.cancel();
        const location = response.headers.get('location');
        if (location) await fetch(`${bridge.controlUrl}${location}`, { method: 'DELETE' });
      }
    }
  });

  test('with a body that is too large, that comes too slowly, or of another type is refused', async () => {
    await expectProblem(await post('/whip/room', 'v'.repeat(70_000)), 413, /larger/);
    expect(await slowPost(`${bridge.controlUrl}/whip/room`)).toBe(408);
    await expectProblem(
      await post('/whip/room', '{}', { 'content-type': 'application/json' }),
      415,
      /application\/sdp/,
    );
    const typed = { 'content-type': 'Application/SDP; charset=utf-8' };
    await expectProblem(await post('/whip/room', 'hello', typed), 400, /./);
  });

  test.each(['/whip/', '/whip/a room', '/whip/a%2fb', '/whip/room/x/y', `/whip/${'r'.repeat(65)}`, '/whep/%zz'])(
    'to %s finds nothing',
    async (path) => {
      await expectProblem(await post(path, browserOffer('sendonly')), 404, /no such room/);
    },
  );

  test.each(['user=a%20b', 'user=a@b@c', 'pin=12a4', `name=${'x'.repeat(121)}`])(
    'with %s is refused',
    async (query) => {
      await expectProblem(await post(`/whip/room?${query}`, browserOffer('sendonly')), 400, /user|pin|name/);
    },
  );

  test('to a room that is locked is refused', async () => {
    await using locked = await startBridge({ conference: { access: 'locked' } });
    await expectProblem(await post('/whip/room', browserOffer('sendonly'), SDP, locked), 403, /locked/);
  });
});

describe('a session', () => {
  test('takes candidates by its entity-tag, and no others', async () => {
    const { url, etag } = await sessionOf();
    const late = fragment(
      'EsAw',
      '1387637174 1 udp 2122260223 127.0.0.1 9 typ host',
      'nonsense',
      '2 1 udp 7 x.local 9 typ host',
    );
    expect((await patch(url, late, etag)).status).toBe(204);
    await expectProblem(await patch(url, late), 428, /If-Match/);
    await expectProblem(await patch(url, late, '"another"'), 412, /another ICE session/);
    await expectProblem(await patch(url, late, etag, SDP), 415, /trickle-ice-sdpfrag/);
    await expectProblem(await patch(url, 'candidate', etag), 400, /fragment/);
    await expectProblem(await patch(url, 'a=candidate:x\r\n', etag), 400, /ice-ufrag/);
    await expectProblem(await patch(url, 'a=x\r\n'.repeat(20_000), etag), 413, /larger/);
  });

  test.each(['*', '"*"'])('restarts ICE by new credentials and If-Match: %s', async (ifMatch) => {
    const { url, etag, answer } = await sessionOf();
    await expectProblem(await patch(url, fragment('Other'), etag), 412, /not begun/);
    const response = await patch(url, fragment('Other'), ifMatch);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/trickle-ice-sdpfrag']);
    const next = response.headers.get('etag') ?? '';
    const ours = await response.text();
    const ufrag = (text: string): string | undefined => /^a=ice-ufrag:(\S+)\r$/m.exec(text)?.[1];
    expect(next).not.toBe(etag);
    expect(ufrag(ours)).not.toBe(ufrag(answer));
    expect(ours).toMatch(/^a=candidate:.* 127\.0\.0\.1 /m);
    await expectProblem(await patch(url, fragment('Other'), etag), 412, /another/);
    expect((await patch(url, fragment('Other'), next)).status).toBe(204);
  });

  test('is its path’s alone: not another room’s, and no viewer’s', async () => {
    const { url } = await sessionOf();
    for (const other of [url.replace('/room/', '/hall/'), url.replace('/whip/', '/whep/'), `${url}x`]) {
      expect((await fetch(other, { method: 'DELETE' })).status).toBe(404);
    }
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(200);
  });

  test('that is given up while its answer is under way leaves nothing behind', async () => {
    const abort = new AbortController();
    const asked = fetch(`${bridge.controlUrl}/whip/left`, {
      method: 'POST',
      headers: SDP,
      body: browserOffer('sendonly'),
      signal: abort.signal,
    });
    setImmediate(() => abort.abort());
    await asked.catch(() => {});
    await expect.poll(rooms).not.toContain('left');
  });
});

describe('methods', () => {
  test.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'])('%s is not for an endpoint', async (method) => {
    const response = await fetch(`${bridge.controlUrl}/whip/room`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });

  test.each(['GET', 'HEAD', 'PUT', 'POST'])('%s is not for a session', async (method) => {
    const { url } = await sessionOf();
    const response = await fetch(url, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'PATCH, DELETE, OPTIONS']);
  });

  test('OPTIONS tells what is taken', async () => {
    const { url } = await sessionOf();
    const endpoint = await fetch(`${bridge.controlUrl}/whip/room`, { method: 'OPTIONS' });
    expect([endpoint.status, endpoint.headers.get('accept-post')]).toEqual([204, 'application/sdp']);
    const session = await fetch(url, { method: 'OPTIONS' });
    expect([session.status, session.headers.get('accept-patch')]).toEqual([204, 'application/trickle-ice-sdpfrag']);
  });
});

describe('who may come', () => {
  test.each([
    [undefined, 401],
    [`Bearer ${TOKEN}x`, 401],
    ['Bearer the-token-of-who-steers', 401],
    [`Bearer ${TOKEN}`, 201],
  ])('by a token of its own: %s is %i', async (authorization, status) => {
    await using guarded = await startBridge({ controlToken: 'the-token-of-who-steers', whip: { token: TOKEN } });
    const headers: Record<string, string> = authorization === undefined ? SDP : { ...SDP, authorization };
    const response = await post('/whip/room', browserOffer('sendonly'), headers, guarded);
    expect(response.status).toBe(status);
    expect(response.headers.has('www-authenticate')).toBe(status === 401);
    if (status !== 201) return;
    const url = `${guarded.controlUrl}${response.headers.get('location')}`;
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(401);
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200);
    expect((await fetch(`${guarded.controlUrl}/conferences`, { headers })).status).toBe(401);
  });

  test('from pages only of those sites that are configured', async () => {
    const studio = 'https://studio.example';
    await using open = await startBridge({ whip: { origins: [studio], token: TOKEN } });
    const asks = (origin: string, method = 'OPTIONS'): Promise<Response> =>
      fetch(`${open.controlUrl}/whip/room`, {
        method,
        headers: { ...SDP, origin, authorization: `Bearer ${TOKEN}` },
        ...(method === 'POST' ? { body: browserOffer('sendonly') } : {}),
      });
    const preflight = await asks(studio);
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, studio]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('if-match');
    const posted = await asks(studio, 'POST');
    expect([posted.status, posted.headers.get('access-control-allow-origin')]).toEqual([201, studio]);
    expect(posted.headers.get('access-control-expose-headers')).toContain('location');
    for (const method of ['OPTIONS', 'POST']) {
      const foreign = await asks('https://evil.example', method);
      expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
    expect((await asks(open.controlUrl, 'POST')).status).toBe(201);
  });

  test('they are told of STUN and TURN servers where there are any', async () => {
    const iceServers = [
      { url: 'stun:stun.example:3478' },
      { url: 'turn:turn.example?transport=udp', username: 'anna', credential: 'a "word"' },
    ];
    await using served = await startBridge({ whip: { iceServers } });
    const { response } = await sessionOf('/whip/room', 'sendonly', served);
    expect(response.headers.get('link')).toBe(
      '<stun:stun.example:3478>; rel="ice-server", <turn:turn.example?transport=udp>; rel="ice-server"; username="anna"; credential="a \\"word\\""; credential-type="password"',
    );
  });
});
