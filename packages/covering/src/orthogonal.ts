import type { Field } from './galois.ts';

/** An array as rows of symbols; −1 is open. */
export type SymbolRows = number[][];

/** Bush's orthogonal array: q^t rows, q + 1 columns, every t columns hold every t-tuple once. @see Bush, Ann. Math. Stat. 23 (1952) */
export function orthogonalArray(field: Field, strength: number): SymbolRows {
  const { order } = field;
  return Array.from({ length: order ** strength }, (_, index) => {
    // A polynomial of degree below t: its values at all points, and its leading coefficient.
    const coefficients = Array.from({ length: strength }, (_, i) => Math.floor(index / order ** i) % order);
    const values = Array.from({ length: order }, (_, x) =>
      coefficients.reduceRight((value, coefficient) => field.add(field.multiply(value, x), coefficient), 0),
    );
    return [...values, coefficients[strength - 1] as number];
  });
}

/**
 * Pairs of q symbols in at least so many columns: from q² rows and q + 1 columns, q² − q rows more multiply the columns by q and add one.
 * The rows added are an orthogonal array's without its constant rows, which the first part has already.
 *
 * @see Stevens, Mendelsohn: New recursive methods for transversal covers, J. Combin. Des. 7 (1999)
 */
export function productArray(field: Field, columns: number): SymbolRows {
  const { order } = field;
  const square = orthogonalArray(field, 2);
  // Slope 0 is the constant rows; the last column is the slope.
  const sloped = square.filter((row) => row[order] !== 0);
  let rows = order === 3 && columns > 13 ? ternaryArray() : square;
  while ((rows[0] as number[]).length < columns) rows = multiplied(rows, sloped, order);
  return rows;
}

/** The columns times the order, and one more. */
function multiplied(old: SymbolRows, sloped: SymbolRows, order: number): SymbolRows {
  return [
    ...old.map((row) => [...row.flatMap((symbol) => new Array<number>(order).fill(symbol)), 0]),
    ...sloped.map((row) => [...(old[0] as number[]).flatMap(() => row.slice(0, order)), row[order] as number]),
  ];
}

/** The first rows of blocks of five, in which each next row is turned by one; simulated annealing of the blocks has found them. */
const TERNARY_CIRCULANT = ['22112022101010010102', '11010012111221102221', '20002102022202012001'];

/** Pairs of three symbols in 20 columns with 15 rows, the fewest that are known. */
export function ternaryArray(): SymbolRows {
  return TERNARY_CIRCULANT.flatMap((first) =>
    Array.from({ length: 5 }, (_, turn) =>
      Array.from(first, (_symbol, column) => {
        const block = column - (column % 5);
        return Number(first[block + ((column - block - turn + 5) % 5)]);
      }),
    ),
  );
}

/** Rows that, with three constant ones, cover all pairs of three symbols in nine columns; tabu search has found them. */
const TERNARY_WITHOUT_CONSTANTS: SymbolRows = [
  '122012010',
  '001122001',
  '201021210',
  '121100201',
  '020201110',
  '110020112',
  '002101102',
  '212210001',
  '101211022',
  '210102120',
  '010010221',
].map((row) => Array.from(row, Number));

/** Pairs of three symbols in 36 columns with 20 rows: the product of the orthogonal array and nine columns. */
export function ternaryProduct(field: Field): SymbolRows {
  const square = orthogonalArray(field, 2);
  const columns = (square[0] as number[]).length;
  return [
    ...square.map((row) => row.flatMap((symbol) => new Array<number>(9).fill(symbol))),
    ...TERNARY_WITHOUT_CONSTANTS.map((row) => Array.from({ length: columns }, () => row).flat()),
  ];
}

/**
 * Pairs of two symbols in `columns` columns with the fewest rows there can be.
 *
 * @see Kleitman, Spencer: Families of k-independent sets, Discrete Math. 6 (1973); Katona, Period. Math. Hungar. 3 (1973)
 */
export function binaryArray(columns: number): SymbolRows {
  let rows = 4;
  while (binomial(rows - 1, Math.ceil(rows / 2)) < columns) rows++;
  const array: SymbolRows = Array.from({ length: rows }, () => []);
  const weight = Math.ceil(rows / 2);
  const chosen = Array.from({ length: weight }, (_, i) => i + 1);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) (array[row] as number[]).push(chosen.includes(row) ? 1 : 0);
    let at = weight - 1;
    while (at > 0 && chosen[at] === rows - weight + at) at--;
    (chosen[at] as number)++;
    for (let i = at + 1; i < weight; i++) chosen[i] = (chosen[i - 1] as number) + 1;
  }
  return array;
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
  return Math.round(result);
}
