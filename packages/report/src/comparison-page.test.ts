import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { renderComparisonPage } from './comparison-page.ts';

const thing = (a: string | undefined, b: string | undefined, kind = 'header') => ({
  kind,
  where: 'message 3',
  a,
  b,
  matters: true,
});
const page = (...things: ReturnType<typeof thing>[]): string =>
  renderComparisonPage({ names: ['run A', 'run B'], things, titles: { header: 'Headers', check: 'Checks' } });

describe('two runs side by side', () => {
  test('mark what is different in a line, and leave plain what is not', () => {
    const html = page(thing('a=fmtp:97 packetization-mode=1', 'a=fmtp:97 packetization-mode=0'));
    expect(html).toContain('a=fmtp:97 packetization-mode=<mark>1</mark>');
    expect(html).toContain('a=fmtp:97 packetization-mode=<mark>0</mark>');
  });

  test('say nothing where one has nothing', () => {
    expect(page(thing(undefined, 'Supported: timer'))).toMatch(
      /nothing<\/span><\/td><td class="b"><mark>Supported: timer/,
    );
  });

  test('begin with what differs first, then go kind by kind', () => {
    const html = page({ ...thing('x', 'y', 'check'), matters: false }, thing('c', 'd'));
    const order = ['What differs first', '>message 3<', 'Checks', 'Headers'].map((text) => html.indexOf(text));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(page()).toContain('No difference.');
  });

  test('hold whatever a peer said as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        const html = page(thing(`<script>${a}`, `"><img src=x>${b}`));
        expect(html).not.toMatch(/<script|<img/i);
      }),
    );
  });
});
