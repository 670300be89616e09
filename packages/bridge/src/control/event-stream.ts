import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Bridge } from '../bridge.ts';
import { describeConference } from './routes.ts';

/** A listener that reads too slowly is cut; with `Last-Event-ID` it can go on where it was. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events. `Last-Event-ID` replays what was missed; where that is no longer kept, or was another bridge's, the event `reset` says how
 * everything is now, and what follows goes on from there. @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function streamEvents(bridge: Bridge, request: IncomingMessage, response: ServerResponse): void {
  const { events } = bridge;
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const write = (text: string): void => {
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else response.write(text);
  };
  const say = (id: number, type: string, data: unknown): void =>
    write(`id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
  const given = request.headers['last-event-id'];
  let lastId = given === undefined ? 0 : lastIdOf(String(given));
  if (given !== undefined && !events.isKeptAfter(lastId)) {
    lastId = events.lastId;
    say(lastId, 'reset', { conferences: [...bridge.conferences.values()].map(describeConference) });
  }
  const heartbeat = setInterval(() => write(': here\n\n'), HEARTBEAT_MS);
  const unsubscribe = events.subscribe(({ id, type, data }) => say(id, type, data), lastId);
  response.on('close', () => {
    clearInterval(heartbeat);
    unsubscribe();
  });
}

/** What is no number was never given by us. */
function lastIdOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY;
}
