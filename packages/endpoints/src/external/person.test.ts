import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Person } from './person.ts';

function seat(isScripted = true) {
  const input = new PassThrough();
  const said: string[] = [];
  const person = new Person(input, { write: (text: string) => said.push(text) > 0 }, isScripted);
  return { input, said, person };
}

describe('the person at the terminal', () => {
  test('is asked with a time limit, and the answer is kept with its time', async () => {
    const { input, said, person } = seat();
    const asked = person.does('dial sip:a@b', 5000);
    input.write('\n');
    expect(await asked).toMatchObject({ question: 'dial sip:a@b', answer: 'done' });
    expect(said).toEqual(['? dial sip:a@b; Enter when it is done, x if it cannot [5 s]\n']);
  });

  test('says that the device cannot', async () => {
    const { input, person } = seat();
    const asked = person.does('press mute', 5000);
    input.write('x\n');
    expect(await asked).toMatchObject({ answer: 'cannot' });
  });

  test('is asked again by silence until it is y or n', async () => {
    const { input, person } = seat();
    const asked = person.confirms('do you hear it?', 5000);
    input.write('perhaps\nNo\n');
    expect(await asked).toMatchObject({ answer: 'no' });
  });

  test('is asked one thing after the other', async () => {
    const { input, said, person } = seat();
    const both = Promise.all([person.does('first', 5000), person.confirms('second', 5000)]);
    await new Promise(setImmediate);
    expect(said).toHaveLength(1);
    input.write('\ny\n');
    expect((await both).map(({ answer }) => answer)).toEqual(['done', 'yes']);
  });

  test('who presses Enter before being asked has not answered', async () => {
    const { input, person } = seat(false);
    input.write('\n');
    await new Promise(setImmediate);
    expect(await person.does('dial', 20)).toMatchObject({ answer: 'none' });
  });

  test('who says nothing in time, or has gone, has said nothing', async () => {
    const { input, person } = seat();
    expect(await person.does('wait', 5)).toMatchObject({ answer: 'none' });
    const asked = person.does('wait for ever', 1e6);
    input.end();
    expect(await asked).toMatchObject({ answer: 'none' });
    expect(await person.does('and ever', 1e6)).toMatchObject({ answer: 'none' });
  });
});
