import { VirtualClock } from '@plugfest/model';
import { describe, expect, it } from 'vitest';
import { EventChannel, type UcwaEvent } from './event-channel.ts';

const event = (href: string, sender = '/me'): UcwaEvent => ({
  sender: { rel: sender.slice(1), href: sender },
  rel: 'presence',
  href,
  type: 'updated',
});

function open(): { clock: VirtualClock; channel: EventChannel } {
  const clock = new VirtualClock();
  return { clock, channel: new EventChannel(clock, (ack) => `/events?ack=${ack}`) };
}

const linksOf = (body: unknown): Record<string, { href: string }> =>
  (body as { _links: Record<string, { href: string }> })._links;
const hrefsOf = (body: unknown): string[] =>
  (body as { sender: { events: { link: { href: string } }[] }[] }).sender.flatMap(({ events }) =>
    events.map(({ link }) => link.href),
  );

describe('the event channel', () => {
  it('waits, tells all of a moment at once, by sender, and names the next GET', async () => {
    const { channel } = open();
    const pending = channel.poll(1, 1000);
    channel.tell(event('a'));
    channel.tell(event('b', '/people'));
    channel.tell(event('c'));
    const { status, body } = await pending;
    expect(status).toBe(200);
    expect(hrefsOf(body)).toEqual(['a', 'c', 'b']);
    expect(linksOf(body).next?.href).toBe('/events?ack=2');
    expect(channel.href).toBe('/events?ack=2');
  });

  it('says it again until the next GET says that it came, and then no more', async () => {
    const { channel } = open();
    channel.tell(event('a'));
    const first = await channel.poll(1, 1000);
    expect(await channel.poll(1, 1000)).toBe(first);
    channel.tell(event('b'));
    expect(hrefsOf((await channel.poll(2, 1000)).body)).toEqual(['b']);
    expect((await channel.poll(1, 1000)).status).toBe(404);
    expect((await channel.poll(Number.NaN, 1000)).status).toBe(404);
  });

  it('is empty when nothing came for so long', async () => {
    const { clock, channel } = open();
    const pending = channel.poll(1, 1000);
    clock.advanceMs(1000);
    const { status, body } = await pending;
    expect([status, hrefsOf(body), linksOf(body).next?.href]).toEqual([200, [], '/events?ack=2']);
  });

  it('answers 409 to a GET whose place another takes', async () => {
    const { channel } = open();
    const [first, second] = [channel.poll(1, 1000), channel.poll(1, 1000)];
    expect((await first).status).toBe(409);
    channel.tell(event('a'));
    expect(hrefsOf((await second).body)).toEqual(['a']);
  });

  it('says so when more was lost than it keeps', async () => {
    const { channel } = open();
    for (let at = 0; at < 600; at++) channel.tell(event(`${at}`));
    const { body } = await channel.poll(1, 1000);
    expect(hrefsOf(body)).toEqual([]);
    expect(Object.keys(linksOf(body))).toEqual(['self', 'resync']);
    channel.tell(event('new'));
    expect(hrefsOf((await channel.poll(2, 1000)).body)).toEqual(['new']);
  });
});
