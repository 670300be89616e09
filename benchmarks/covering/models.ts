import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Model, readPictModel, uniformModel } from '@plugfest/covering';

/** A model of the comparison. Published sizes are of tools' first arrays, and of the best array that anybody has given. */
export interface BenchModel {
  readonly name: string;
  readonly strength: number;
  readonly model: () => Model;
  /** The constraints as PICT has them. */
  readonly constraints?: () => string;
  readonly pict?: number;
  readonly acts?: number;
  readonly bestKnown?: number;
}

type Shape = readonly (readonly [levels: number, count: number])[];

const STANDARD: readonly (readonly [name: string, shape: Shape, pict: number, acts: number, bestKnown: number])[] = [
  ['3^4', [[3, 4]], 9, 9, 9],
  ['3^13', [[3, 13]], 18, 17, 15],
  [
    '4^15·3^17·2^29',
    [
      [4, 15],
      [3, 17],
      [2, 29],
    ],
    37,
    32,
    28,
  ],
  [
    '4^1·3^39·2^35',
    [
      [4, 1],
      [3, 39],
      [2, 35],
    ],
    27,
    23,
    20,
  ],
  ['2^100', [[2, 100]], 15, 10, 10],
  ['10^20', [[10, 20]], 210, 210, 155],
];

const TRIPLES: readonly (readonly [name: string, shape: Shape])[] = [
  ['3^4', [[3, 4]]],
  ['3^13', [[3, 13]]],
  ['2^30', [[2, 30]]],
  [
    '4^6·3^6',
    [
      [4, 6],
      [3, 6],
    ],
  ],
  ['5^10', [[5, 10]]],
];

/**
 * Published: PICT and ACTS (IPO-s) of pairwise.org's table of tools; best known: that table, Colbourn's covering array tables (10^20), and the
 * sizes that the project's own issue sets as its goal.
 *
 * @see https://www.pairwise.org/efficiency.html
 */
export const MODELS: readonly BenchModel[] = [
  ...STANDARD.map(([name, shape, pict, acts, bestKnown]) => ({
    name,
    strength: 2,
    model: () => uniformModel(shape),
    pict,
    acts,
    bestKnown,
  })),
  ...[2, 3].map((strength) => ({ name: 'conference (no constraints)', strength, model: unconstrained })),
  { name: 'conference (15 constraints)', strength: 2, model: conference, constraints: constraintsText },
  ...TRIPLES.map(([name, shape]) => ({ name, strength: 3, model: () => uniformModel(shape) })),
  { name: 'conference (15 constraints)', strength: 3, model: conference, constraints: constraintsText },
];

function conferenceText(): string {
  return readFileSync(join(import.meta.dirname, 'conference.pict'), 'utf8');
}

function conference(): Model {
  const model = readPictModel(conferenceText());
  if (!model.ok) throw new Error(model.error.message);
  return model.value;
}

function unconstrained(): Model {
  return { ...conference(), constraints: [] };
}

function constraintsText(): string {
  return conferenceText()
    .split('\n')
    .filter((line) => line.startsWith('IF'))
    .join('\n');
}
