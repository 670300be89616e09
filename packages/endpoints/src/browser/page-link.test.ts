import { EventEmitter } from 'node:events';
import { VirtualClock } from '@plugfest/model';
import { expect, it, vi } from 'vitest';
import type { WebSocket } from 'ws';
import type { ClientCommand } from '../webrtc/client-protocol.ts';
import { encodeMediaFrame, MEDIA_KIND } from './media-frame.ts';
import { PageLink } from './page-link.ts';

const PAGE_ORIGIN_US = 3_000_000;

/** The page's end, in the test's hands: what was sent, how much of it waits, and a clock that answers. */
class Socket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: (string | Uint8Array)[] = [];
  onSent: ((command: ClientCommand) => void) | undefined;
  send(data: string | Uint8Array): void {
    this.sent.push(data);
    if (typeof data === 'string') this.onSent?.(JSON.parse(data));
  }
  say(event: object | string): void {
    this.emit('message', Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)), false);
  }
}

function begin() {
  const socket = new Socket();
  const clock = new VirtualClock(10_000_000);
  const told = { onEvent: vi.fn(), onPresented: vi.fn(), onClosed: vi.fn() };
  return { socket, clock, told, link: new PageLink(socket as unknown as WebSocket, clock, told) };
}

/** Answers each ping after so long there and so long back; pings that meet would be seen. */
function answer(
  socket: Socket,
  clock: VirtualClock,
  tripsMs: readonly (readonly [number, number])[],
): { met: boolean } {
  const state = { met: false };
  let [under, next] = [0, 0];
  socket.onSent = (command) => {
    if (command.command !== 'ping') return;
    state.met ||= under > 0;
    under++;
    const [thereMs, backMs] = tripsMs[next++ % tripsMs.length] ?? [0, 0];
    clock.advanceMs(thereMs);
    const nowUs = clock.nowUs() - PAGE_ORIGIN_US;
    queueMicrotask(() => {
      clock.advanceMs(backMs);
      under--;
      socket.say({ type: 'pong', id: command.id, nowUs });
    });
  };
  return state;
}

it('asks for the time one question after another, and believes the quickest answer', async () => {
  const { socket, clock, told, link } = begin();
  const state = answer(socket, clock, [
    [30, 10],
    [0.2, 0.1],
    [5, 0],
  ]);
  await link.measureClock(6);
  expect(state.met).toBe(false);
  expect(link.clock.errorUs).toBeCloseTo(150, 6);
  expect(link.clock.offsetUs).toBeCloseTo(PAGE_ORIGIN_US - 50, 6);
  expect(told.onEvent).not.toHaveBeenCalled();
});

it('puts what the page was shown on the clock of the run', async () => {
  const { socket, clock, told, link } = begin();
  answer(socket, clock, [[0, 0]]);
  await link.measureClock(1);
  const picture = { kind: MEDIA_KIND.video, width: 2, height: 2, timeUs: 500, data: new Uint8Array(6) };
  socket.emit('message', Buffer.from(encodeMediaFrame(picture)), true);
  socket.emit('message', Buffer.from('no frame'), true);
  expect(told.onPresented).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({ kind: MEDIA_KIND.video, width: 2, height: 2, timeUs: 500 + PAGE_ORIGIN_US }),
  );
});

it('passes events on, and over what is none', () => {
  const { socket, told } = begin();
  socket.say({ type: 'left' });
  socket.say('{');
  expect(told.onEvent.mock.calls).toEqual([[{ type: 'left' }]]);
});

it('leaves pictures out, never sound, while the page lags, and counts them', () => {
  const { socket, link } = begin();
  const feed = (kind: number): void => link.feed({ kind, width: 0, height: 0, timeUs: 0, data: new Uint8Array() });
  feed(MEDIA_KIND.video);
  socket.bufferedAmount = 10_000_000;
  feed(MEDIA_KIND.video);
  feed(MEDIA_KIND.audio);
  expect(socket.sent).toHaveLength(2);
  expect(link.leftOut).toBe(1);
});

it('does not wait for the time of a page that goes', async () => {
  const { socket, told, link } = begin();
  const measured = link.measureClock(5);
  socket.readyState = 3;
  socket.emit('close');
  await measured;
  expect(told.onClosed).toHaveBeenCalledTimes(1);
  expect(link.clock.errorUs).toBe(Number.POSITIVE_INFINITY);
});
