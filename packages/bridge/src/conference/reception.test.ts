import { expect, test } from 'vitest';
import type { DoorPolicy } from './door.ts';
import type { Participant } from './participant.ts';
import { PromptVoices } from './prompts.ts';
import { Reception } from './reception.ts';

/** A door, what it says and does, and somebody who stands there. */
function door(policy: DoorPolicy) {
  const told: string[] = [];
  const entered: string[] = [];
  const byes: unknown[] = [];
  const reception = new Reception({
    policy: () => policy,
    // Never asked to speak: nobody is waited for here.
    voices: new PromptVoices(() => {}),
    isHostThere: () => entered.some((each) => each.endsWith('host')),
    emit: (type) => told.push(type),
    enter: ({ id }, role) => entered.push(`${id} ${role}`),
  });
  const visitor = (id: string): Participant =>
    ({ id, session: { bye: async (headers: unknown) => void byes.push(headers) } }) as unknown as Participant;
  return { reception, visitor, told, entered, byes };
}

const PIN = { access: 'open', hostPin: '1234', guestPin: '99' } as const;

test('who enters no PIN for a minute is said goodbye to, once, also where it does not answer', () => {
  const { reception, visitor, byes } = door(PIN);
  reception.arrive(visitor('a'), 0);
  for (const seconds of [1, 59, 60]) reception.tick(seconds * 1e6);
  expect(byes).toEqual([]);
  for (const seconds of [61, 62, 63]) reception.tick(seconds * 1e6);
  expect(byes).toEqual([[{ name: 'Reason', value: 'SIP;cause=408;text="No PIN"' }]]);
});

test('whose PIN was wrong three times enters no more, not even with the right one', () => {
  const { reception, visitor, byes, entered, told } = door(PIN);
  reception.arrive(visitor('a'), 0);
  for (const key of '1111222233331234') reception.press('a', key);
  expect(byes).toHaveLength(1);
  expect(entered).toEqual([]);
  expect(told).toEqual(['visitor.waiting', 'visitor.wrong-pin', 'visitor.wrong-pin', 'visitor.dismissed']);
  expect(reception.letIn('a')).toBe(false);
});

test('all who wait for the host are let in by the first who comes, in the order that they came', () => {
  const { reception, visitor, entered } = door(PIN);
  for (const id of ['a', 'b', 'c', 'host']) reception.arrive(visitor(id), 0);
  for (const id of ['a', 'b']) for (const key of '99#') reception.press(id, key);
  expect(entered).toEqual([]);
  for (const key of '1234') reception.press('host', key);
  reception.lookAgain();
  expect(entered).toEqual(['host host', 'a guest', 'b guest']);
  expect([...reception.visitors.keys()]).toEqual(['c']);
});
