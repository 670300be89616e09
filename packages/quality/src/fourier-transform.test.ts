import { expect, test } from 'vitest';
import { FourierTransform, transformFor } from './fourier-transform.ts';

test('agrees with the definition, and the inverse brings the input back', () => {
  const n = 16;
  const re = Float64Array.from({ length: n }, (_, i) => Math.sin(i * i) + (i === 3 ? 2 : 0));
  const im = Float64Array.from({ length: n }, (_, i) => Math.cos(i * 1.7));
  const expected = Array.from({ length: n }, (_, k) => {
    let [x, y] = [0, 0];
    for (let t = 0; t < n; t++) {
      const angle = (-2 * Math.PI * k * t) / n;
      x += (re[t] as number) * Math.cos(angle) - (im[t] as number) * Math.sin(angle);
      y += (re[t] as number) * Math.sin(angle) + (im[t] as number) * Math.cos(angle);
    }
    return [x, y] as const;
  });
  const [a, b] = [re.slice(), im.slice()];
  const transform = new FourierTransform(n);
  transform.forward(a, b);
  for (const [k, [x, y]] of expected.entries()) {
    expect(a[k]).toBeCloseTo(x, 10);
    expect(b[k]).toBeCloseTo(y, 10);
  }
  transform.inverse(a, b);
  for (let i = 0; i < n; i++) {
    expect(a[i]).toBeCloseTo(re[i] as number, 12);
    expect(b[i]).toBeCloseTo(im[i] as number, 12);
  }
});

test('lengths', () => {
  expect(transformFor(1000).size).toBe(1024);
  expect(transformFor(1024).size).toBe(1024);
  expect(() => new FourierTransform(12)).toThrow(RangeError);
});
