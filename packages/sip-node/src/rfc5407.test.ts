import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { seededRandom } from '@plugfest/model';
import { glarePauseMs, parseMessage } from '@plugfest/sip';
import { describe, expect, test } from 'vitest';
import { sdp } from './loopback-fixture.ts';
import { RaceScene } from './race-scene-fixture.ts';
import { RACE_FLOWS } from './rfc5407-flows-fixture.ts';

const DATA = path.resolve(import.meta.dirname, '../../../../shared/data/sip/rfc5407-flows');

/** Flows that end otherwise here, each with its reason. One that ends as the RFC says after all is to be taken off. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

describe('the flows of RFC 5407', () => {
  test.each(RACE_FLOWS)('§$section $title', async ({ section, play, messages, ends }) => {
    const outcome = async (): Promise<void> => {
      const scene = await play();
      expect(scene.network.trace()).toEqual(messages);
      expect(scene.ends).toEqual(ends);
    };
    if (EXCEPTIONS[section] === undefined) await outcome();
    else await expect(outcome(), `§${section} passes: take it off the exceptions`).rejects.toThrow();
  });

  test('none is missing', () => {
    const sections = [
      ...['3.1.1', '3.1.2', '3.1.3', '3.1.4', '3.1.5', '3.1.6'],
      ...['3.2.1', '3.2.2', '3.2.3', '3.2.4', '3.3.1', '3.3.2', '3.3.3'],
    ];
    expect([...new Set(RACE_FLOWS.map(({ section }) => section))]).toEqual(expect.arrayContaining(sections));
  });

  test.skipIf(!existsSync(DATA))(`each message that the RFC prints has its part (${DATA})`, () => {
    const files = readdirSync(DATA).filter((name) => name.endsWith('.sip'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const section = file.split('-').slice(0, 3).join('.');
      const start = /^\S+/.exec(readFileSync(path.join(DATA, file), 'latin1'))?.[0];
      const flows = RACE_FLOWS.filter((flow) => flow.section === section);
      expect(flows.length, file).toBeGreaterThan(0);
      for (const { messages } of flows)
        expect(
          messages.some((line) => line.endsWith(` ${start}`)),
          file,
        ).toBe(true);
      // As printed they lack octets that their Content-Length counts: over a datagram that is a fault, and never a throw.
      expect(() => parseMessage(readFileSync(path.join(DATA, file)))).not.toThrow();
    }
  });
});

describe('the pauses after a 491', () => {
  test.each([
    [true, 2100, 4000],
    [false, 0, 2000],
  ])('owner of the Call-ID %s: %i to %i ms in steps of 10, all of them', (owns, leastMs, mostMs) => {
    const steps = (mostMs - leastMs) / 10 + 1;
    const pauses = Array.from({ length: 10 * steps }, (_, n) => glarePauseMs(owns, n / (10 * steps)));
    expect(new Set(pauses).size).toBe(steps);
    expect([Math.min(...pauses), Math.max(...pauses)]).toEqual([leastMs, mostMs]);
    expect(pauses.every((pause) => pause % 10 === 0)).toBe(true);
  });
});

/** What the two sides begin at once, when every packet takes 1 to 400 ms. */
const BEGINNINGS: Readonly<Record<string, (scene: RaceScene) => unknown>> = {
  'alice re-INVITEs': ({ call }) => call.reinvite(sdp('a')),
  'bob re-INVITEs': ({ theirs }) => theirs.reinvite(sdp('b')),
  'alice UPDATEs': ({ call }) => call.update(sdp('a')),
  'bob UPDATEs': ({ theirs }) => theirs.update(sdp('b')),
  'alice INFOs': ({ call }) => call.info('text/plain', Buffer.from('x')),
  'bob INFOs': ({ theirs }) => theirs.info('text/plain', Buffer.from('x')),
};

describe('random order of delivery', () => {
  const seeds = Array.from({ length: 60 }, (_, n) => 1000 + 7 * n);
  test.each(seeds)('seed %i: whatever crosses, both sides end', async (seed) => {
    const random = seededRandom(seed);
    const scene = await RaceScene.ringing({ seed });
    scene.network.fateOf = () => (random.next() < 0.1 ? 'lost' : 1 + Math.floor(random.next() * 400));
    scene.theirs.accept(sdp('answer'));
    const begun: string[] = [];
    for (let n = 0; n < 6; n++) {
      await scene.network.pass(Math.floor(random.next() * 500), 20);
      const names = Object.keys(BEGINNINGS);
      const name = names[Math.floor(random.next() * names.length)] as string;
      if (scene.call.state !== 'established') continue;
      begun.push(name);
      void BEGINNINGS[name]?.(scene);
    }
    const [first, second] = random.next() < 0.5 ? [scene.call, scene.theirs] : [scene.theirs, scene.call];
    void first.bye();
    if (random.next() < 0.5) void second.bye();
    await scene.settle();
    const about = `seed ${seed}: ${begun.join(', ')}\n${scene.network.trace().join('\n')}`;
    expect([scene.call.state, scene.theirs.state], about).toEqual(['terminated', 'terminated']);
    expect(scene.network.log.length, about).toBeLessThan(200);
  });
});

describe('the ACK of a re-INVITE', () => {
  test('that is lost is sent again with the next 200, and the call goes on', async () => {
    const scene = await RaceScene.established();
    scene.lose('alice', 'ACK');
    const again = scene.call.reinvite(sdp('again'));
    await scene.settle();
    expect((await again).statusCode).toBe(200);
    expect(scene.network.trace()).toEqual([
      'alice→bob INVITE',
      'bob→alice 200 INVITE',
      'alice→bob ACK',
      'bob→alice 200 INVITE',
      'alice→bob ACK',
    ]);
    expect(scene.ends).toEqual({ alice: undefined, bob: undefined });
  });
});
