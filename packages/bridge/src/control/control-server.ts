import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Bridge } from '../bridge.ts';
import { type Conference, describe } from '../conference/conference.ts';
import { BRIDGE_SABOTAGES, type Participant } from '../conference/participant.ts';

const MAX_BODY_BYTES = 64 * 1024;
const layoutSchema = z.enum(['single', 'equal-2x2', 'one-plus-five']);
const conferenceSchema = z.object({
  id: z.string().regex(/^[\w.-]{1,64}$/),
  layout: layoutSchema.optional(),
  width: z.number().int().min(64).max(1920).multipleOf(2).optional(),
  height: z.number().int().min(64).max(1080).multipleOf(2).optional(),
  frameRate: z.number().min(1).max(30).optional(),
  bitrateBps: z.number().min(32_000).max(10_000_000).optional(),
});

/** An answer that is no 2xx, as `application/problem+json` (RFC 9457). */
class Problem extends Error {
  readonly status: number;

  constructor(status: number, title: string) {
    super(title);
    this.status = status;
  }
}

type Handler = (bridge: Bridge, parameters: readonly string[], body: unknown) => unknown;

/** Method, path and what they do. `:x` stands for one segment. */
const ROUTES: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  ['GET', '/conferences', (bridge) => [...bridge.conferences.values()].map(describeConference)],
  ['POST', '/conferences', (bridge, _, body) => createConference(bridge, body)],
  ['GET', '/conferences/:c', (bridge, [id]) => describeConference(conferenceOf(bridge, id))],
  ['PATCH', '/conferences/:c', (bridge, [id], body) => changeLayout(conferenceOf(bridge, id), body)],
  ['DELETE', '/conferences/:c', (bridge, [id]) => bridge.end(conferenceOf(bridge, id).id)],
  ['GET', '/conferences/:c/participants', (bridge, [id]) => participantsOf(conferenceOf(bridge, id))],
  ['POST', '/participants/:p/mute', (bridge, [id]) => mute(bridge, id, true)],
  ['POST', '/participants/:p/unmute', (bridge, [id]) => mute(bridge, id, false)],
  ['POST', '/participants/:p/drop', (bridge, [id]) => participantOf(bridge, id).participant.session.bye()],
  ['POST', '/participants/:p/sabotage', (bridge, [id], body) => sabotage(bridge, id, body)],
  ['GET', '/statistics', (bridge) => statisticsOf(bridge)],
];

/** The bridge's control API: JSON over HTTP, and `GET /events` as server-sent events (`Last-Event-ID` replays what was missed). */
export function openControlServer(bridge: Bridge, host: string, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    void answer(bridge, request, response);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

async function answer(bridge: Bridge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (request.method === 'GET' && path === '/events') {
      streamEvents(bridge, request, response);
      return;
    }
    const [handler, parameters] = routeOf(request.method ?? '', path);
    const result = await handler(bridge, parameters, await readBody(request));
    send(response, result === undefined ? 204 : 200, 'application/json', result);
  } catch (error) {
    const [status, title] =
      error instanceof Problem
        ? [error.status, error.message]
        : error instanceof z.ZodError
          ? [422, z.prettifyError(error)]
          : [500, 'internal error'];
    send(response, status, 'application/problem+json', { status, title });
  }
}

function routeOf(method: string, path: string): [Handler, string[]] {
  const segments = path.split('/').map(decodeSegment);
  const fitting = ROUTES.filter(([, pattern]) => {
    const parts = pattern.split('/');
    return parts.length === segments.length && parts.every((part, i) => part.startsWith(':') || part === segments[i]);
  });
  const route = fitting.find(([routeMethod]) => routeMethod === method);
  if (!route)
    throw new Problem(fitting.length > 0 ? 405 : 404, fitting.length > 0 ? `no ${method} here` : `nothing at ${path}`);
  const parts = route[1].split('/');
  return [route[2], segments.filter((_, i) => parts[i]?.startsWith(':'))];
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem(400, 'a path that cannot be decoded');
  }
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) throw new Problem(413, 'the body is too large');
    pieces.push(piece);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    throw new Problem(400, 'the body is not JSON');
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: unknown): void {
  response.writeHead(status, { 'content-type': contentType });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function streamEvents(bridge: Bridge, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const lastId = Number(request.headers['last-event-id'] ?? 0) || 0;
  const unsubscribe = bridge.events.subscribe(({ id, type, data }) => {
    response.write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  }, lastId);
  response.on('close', unsubscribe);
}

function conferenceOf(bridge: Bridge, id = ''): Conference {
  const conference = bridge.conferences.get(id);
  if (!conference) throw new Problem(404, `no conference “${id}”`);
  return conference;
}

function participantOf(bridge: Bridge, id = ''): { conference: Conference; participant: Participant } {
  for (const conference of bridge.conferences.values()) {
    const participant = conference.participants.get(id);
    if (participant) return { conference, participant };
  }
  throw new Problem(404, `no participant “${id}”`);
}

function createConference(bridge: Bridge, body: unknown): unknown {
  const { id, ...settings } = conferenceSchema.parse(body);
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const conference = bridge.conference(id, given);
  if (!conference) throw new Problem(503, 'too many conferences');
  return describeConference(conference);
}

function changeLayout(conference: Conference, body: unknown): unknown {
  conference.setLayout(z.object({ layout: layoutSchema }).parse(body).layout);
  return describeConference(conference);
}

function mute(bridge: Bridge, id: string | undefined, muted: boolean): unknown {
  const { conference, participant } = participantOf(bridge, id);
  participant.muted = muted;
  bridge.events.emit('participant.changed', { conference: conference.id, participant: describe(participant) });
  return describe(participant);
}

function sabotage(bridge: Bridge, id: string | undefined, body: unknown): unknown {
  if (!bridge.config.sabotage) throw new Problem(403, 'this bridge was not started for sabotage');
  const { participant } = participantOf(bridge, id);
  participant.sabotages.add(z.object({ kind: z.enum(BRIDGE_SABOTAGES) }).parse(body).kind);
  return describe(participant);
}

function describeConference(conference: Conference): unknown {
  return { id: conference.id, ...conference.settings, participants: participantsOf(conference) };
}

function participantsOf(conference: Conference): unknown[] {
  return [...conference.participants.values()].map((participant) => ({
    ...describe(participant),
    seats: conference.seatsFor(participant.id),
  }));
}

function statisticsOf(bridge: Bridge): unknown {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage.rss(),
    participants: [...bridge.conferences.values()].flatMap((conference) =>
      [...conference.participants.values()].map((participant) => ({
        id: participant.id,
        conference: conference.id,
        ...legStatistics(participant),
      })),
    ),
  };
}

function legStatistics({ audio, video, codecs, security }: Participant): Record<string, unknown> {
  const of = (session: NonNullable<typeof audio>['session'] | undefined) =>
    session && {
      sent: { packets: session.sender.packetCount, octets: session.sender.octetCount },
      received: session.receiver?.counters ?? null,
    };
  return {
    codecs,
    security,
    audio: of(audio?.session) ?? null,
    video: video ? { ...of(video.session), decodeFaults: video.decodeFaults } : null,
  };
}
