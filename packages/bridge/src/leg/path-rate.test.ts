import { beforeEach, expect, test } from 'vitest';
import { PathRate, type PathUser } from './path-rate.ts';

const told = new Map<string, number>();
beforeEach(() => told.clear());

const adaptive = (name: string): PathUser => ({ onPathRate: (bps) => void told.set(name, Math.round(bps / 1000)) });
const fixed: PathUser = { onPathRate: undefined };

/** Each sends so many payloads of 1142 bytes a second, of which a fifth is lost; after three seconds the path is known to be worse. */
function sent(users: readonly (readonly [PathUser, number])[]): void {
  const path = new PathRate();
  const base = { payloadType: 96, marker: false, sequenceNumber: 1, timestamp: 2, ssrc: 3, csrcs: [] };
  const packet = { ...base, payload: new Uint8Array(1142) };
  for (let step = 0; step < 30; step++) {
    const nowUs = step * 100_000;
    const numbers = users.flatMap(([user, perSecond]) =>
      Array.from({ length: perSecond / 10 }, () => path.number(user, packet, nowUs)),
    );
    path.take(
      {
        ...{ type: 'transport-cc', senderSsrc: 1, mediaSsrc: 2, baseSequenceNumber: 0, feedbackPacketCount: 0 },
        referenceTime: 0,
        packets: numbers.map((sequenceNumber, n) => ({ sequenceNumber, received: n % 5 !== 0 })),
      },
      nowUs,
    );
  }
}

test('pictures get what sound leaves, without what headers take', () => {
  sent([[adaptive('alone'), 100]]);
  sent([
    [adaptive('camera'), 90],
    [fixed, 10],
  ]);
  const { alone = 0, camera } = Object.fromEntries(told);
  const soundKbps = (10 * 1200 * 8) / 1000;
  expect(Math.abs((camera ?? 0) - (alone - (soundKbps * 1142) / 1200))).toBeLessThan(2);
  expect(alone).toBeGreaterThan(300);
});

test('two videos have half each, and one has what the other does not use', () => {
  sent([
    [adaptive('camera'), 100],
    [adaptive('screen'), 100],
  ]);
  expect(told.get('camera')).toBe(told.get('screen'));
  const [half = 0] = told.values();
  sent([
    [adaptive('camera'), 190],
    [adaptive('screen'), 10],
  ]);
  expect(told.get('camera')).toBeGreaterThan(half * 1.5);
  expect(told.get('screen')).toBe(half);
});

test('a path without trouble limits nobody', () => {
  const path = new PathRate();
  const base = { payloadType: 96, marker: false, sequenceNumber: 1, timestamp: 2, ssrc: 3, csrcs: [] };
  const camera = adaptive('camera');
  for (let n = 0; n < 500; n++) {
    const sequenceNumber = path.number(camera, { ...base, payload: new Uint8Array(1000) }, n * 20_000);
    const atUs = n * 20_000 + 30_000;
    path.take(
      {
        ...{ type: 'transport-cc', senderSsrc: 1, mediaSsrc: 2, baseSequenceNumber: n, feedbackPacketCount: 0 },
        referenceTime: Math.floor(atUs / 64_000),
        packets: [{ sequenceNumber, received: true, deltaUs: atUs % 64_000 }],
      },
      atUs,
    );
  }
  expect(told.get('camera')).toBe(Infinity);
});
