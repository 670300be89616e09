import { describe, expect, test } from 'vitest';
import { printable, table } from './terminal.ts';

describe('what a peer has said, in a terminal', () => {
  test.each([
    ['colour', '\u001b[31mred', '·[31mred'],
    ['title', '\u001b]0;owned\u0007', '·]0;owned·'],
    ['C1 control sequence introducer', '\u009b2J', '·2J'],
    ['lines of its own', 'a\r\nplugfest: all passed', 'a··plugfest: all passed'],
    ['backspaces', 'fail\b\b\b\bpass', 'fail····pass'],
    ['text from right to left', '\u202egnirts', '·gnirts'],
    ['other letters', 'Søren 會議 🎥', 'Søren 會議 🎥'],
  ])('%s', (_, text, shown) => expect(printable(text)).toBe(shown));

  test('columns stay columns', () => {
    expect(
      table([
        [printable('a\nb'), 'x'],
        ['long name', 'y'],
      ]),
    ).toBe('a·b        x\nlong name  y');
  });
});
