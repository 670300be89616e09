import { describe, expect, test } from 'vitest';
import type { Stage } from '../definition.ts';
import { tellWatched } from './watched-stage.ts';

/** A stage that writes down what is done on it. */
function stage(done: string[]): Stage<string> {
  const act = (name: string) => async (): Promise<void> => void done.push(name);
  return {
    participants: { room: { id: 'room', holds: act('room holds'), hangsUp: act('room hangs up') } },
    everyone: { joins: act('all join'), hangsUp: act('all hang up') },
    measure: act('measured'),
  } as unknown as Stage<string>;
}

async function story({ participants, everyone, measure }: Stage<string>): Promise<void> {
  await everyone.joins();
  await participants.room?.holds({ seconds: 2 });
  await measure({ seconds: 1 });
  await participants.room?.hangsUp();
  await everyone.hangsUp();
}

describe('a story that somebody looks on', () => {
  test('announces each step before it is done, and the end of the calls once', async () => {
    const done: string[] = [];
    await tellWatched(story, stage(done), {
      beforeStep: async (name) => void done.push(`? ${name}`),
      beforeHangUp: async (fault) => void done.push(`all is up, ${fault ?? 'well'}`),
    });
    expect(done).toEqual([
      ...['? everyone.joins()', 'all join', '? participants.room.holds({"seconds":2})', 'room holds'],
      ...['? measure({"seconds":1})', 'measured', 'all is up, well', '? participants.room.hangsUp()', 'room hangs up'],
      ...['? everyone.hangsUp()', 'all hang up'],
    ]);
  });

  test('that fails is held up before anything is closed, and fails then', async () => {
    const done: string[] = [];
    const failing = async (): Promise<void> => {
      throw new Error('no picture');
    };
    const told = tellWatched(failing, stage(done), { beforeHangUp: async (fault) => void done.push(String(fault)) });
    await expect(told).rejects.toThrow('no picture');
    expect(done).toEqual(['Error: no picture']);
  });

  test('that never hangs up is held up at its end', async () => {
    const done: string[] = [];
    await tellWatched(async () => {}, stage(done), { beforeHangUp: async () => void done.push('held') });
    expect(done).toEqual(['held']);
  });
});
