import { VirtualClock } from '@plugfest/model';
import { expect, test } from 'vitest';
import { StageTimes } from './stage-times.ts';

test('a stage does not include the stages within it', () => {
  const clock = new VirtualClock();
  const stages = new StageTimes(clock);
  stages.measure('mix', () => {
    clock.advanceMs(5);
    stages.measure('decode', () => clock.advanceMs(20));
    stages.measure('encode', () => stages.measure('send', () => clock.advanceMs(3)));
    clock.advanceMs(2);
  });
  expect(stages.ms).toMatchObject({ mix: 7, decode: 20, encode: 0, send: 3 });
});
