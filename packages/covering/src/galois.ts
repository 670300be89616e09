/** A finite field of small order: addition and multiplication as tables over 0 … q − 1. */
export interface Field {
  readonly order: number;
  readonly add: (a: number, b: number) => number;
  readonly multiply: (a: number, b: number) => number;
}

/** Irreducible polynomials, lowest coefficient first, of the prime powers up to 32. */
const IRREDUCIBLE: Readonly<Record<number, readonly [prime: number, ...coefficients: number[]]>> = {
  4: [2, 1, 1, 1],
  8: [2, 1, 1, 0, 1],
  9: [3, 1, 0, 1],
  16: [2, 1, 1, 0, 0, 1],
  25: [5, 2, 0, 1],
  27: [3, 1, 2, 0, 1],
  32: [2, 1, 0, 1, 0, 0, 1],
};

/** The field of an order; nothing where there is none, or none in our table. */
export function fieldOf(order: number): Field | undefined {
  if (isPrime(order)) return { order, add: (a, b) => (a + b) % order, multiply: (a, b) => (a * b) % order };
  const entry = IRREDUCIBLE[order];
  if (entry === undefined) return undefined;
  const [prime, ...modulus] = entry;
  const degree = modulus.length - 1;
  const digits = (a: number): number[] => Array.from({ length: degree }, (_, i) => Math.floor(a / prime ** i) % prime);
  const number = (list: readonly number[]): number => list.reduce((sum, digit, i) => sum + digit * prime ** i, 0);
  const table = (f: (a: number[], b: number[]) => number[]): number[][] =>
    Array.from({ length: order }, (_, a) => Array.from({ length: order }, (_, b) => number(f(digits(a), digits(b)))));
  const sums = table((a, b) => a.map((digit, i) => (digit + (b[i] as number)) % prime));
  const products = table((a, b) => reduced(multiplied(a, b), modulus, prime));
  return {
    order,
    add: (a, b) => sums[a]?.[b] as number,
    multiply: (a, b) => products[a]?.[b] as number,
  };
}

/** The least order of a field that is at least `least`; nothing beyond the table. */
export function fieldFrom(least: number): Field | undefined {
  for (let order = Math.max(2, least); order <= 37; order++) {
    const field = fieldOf(order);
    if (field) return field;
  }
  return undefined;
}

function isPrime(n: number): boolean {
  for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
  return n >= 2;
}

function multiplied(a: readonly number[], b: readonly number[]): number[] {
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      product[i + j] = (product[i + j] as number) + x * y;
    });
  });
  return product;
}

/** Modulo a monic polynomial. */
function reduced(polynomial: number[], modulus: readonly number[], prime: number): number[] {
  const degree = modulus.length - 1;
  const rest = polynomial.map((coefficient) => coefficient % prime);
  for (let at = rest.length - 1; at >= degree; at--) {
    const factor = rest[at] as number;
    modulus.forEach((coefficient, i) => {
      const where = at - degree + i;
      rest[where] = ((((rest[where] as number) - factor * coefficient) % prime) + prime) % prime;
    });
  }
  return rest.slice(0, degree);
}
