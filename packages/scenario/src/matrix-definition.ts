import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Condition, type Model, modelOf, type SubModel } from '@plugfest/covering';
import type { ScenarioDefinition } from './definition.ts';
import { ScenarioNotFound } from './scenario-file.ts';

type Axes = Readonly<Record<string, readonly (string | number)[]>>;

/** A value for each axis, as the axes write them. */
export type MatrixRow<A extends Axes> = { readonly [Name in keyof A]: A[Name][number] };

/** A matrix file's default export: what can be combined, what cannot, and the scenario of one combination. */
export interface MatrixDefinition<A extends Axes = Axes> {
  readonly title: string;
  readonly axes: A;
  /** Each holds in every row. */
  readonly constraints?: readonly Condition[];
  /** Axes whose values are combined more, or less, than the others. */
  readonly subModels?: readonly SubModel[];
  /** The two axes that the heat map shows; the first two where absent. */
  readonly heatMap?: readonly [keyof A & string, keyof A & string];
  /** A first guess of how long a row takes, until reports tell. */
  readonly secondsPerRow?: number;
  /** What a row asks of a worker beyond the tools of its participants, e.g. `tag:rack-2`, `cores:4`. A worker without it never gets the row. */
  readonly needs?: (row: Readonly<Record<string, string>>) => readonly string[];
  /** What is costly to prepare for a row: rows of the same text go to the worker that had it last. */
  readonly setup?: (row: Readonly<Record<string, string>>) => string;
  readonly scenario: (row: MatrixRow<A>) => ScenarioDefinition;
}

/** Types a matrix; the definition comes back as it is. */
export function defineMatrix<const A extends Axes>(definition: MatrixDefinition<A>): MatrixDefinition<A> {
  return definition;
}

/** What there is to cover. */
export function matrixModel({ axes, constraints, subModels }: MatrixDefinition): Model {
  return modelOf(axes, constraints, subModels);
}

/** The scenario of a row by names, with the values as the axes write them. */
export function scenarioOfRow(
  definition: MatrixDefinition,
  named: Readonly<Record<string, string>>,
): ScenarioDefinition {
  const row = Object.fromEntries(
    Object.entries(definition.axes).map(([name, levels]) => [
      name,
      levels.find((level) => String(level) === named[name]) ?? (named[name] as string),
    ]),
  );
  return definition.scenario(row);
}

/**
 * Imports a matrix file's default export.
 * @throws {ScenarioNotFound} where it has no matrix as its default export.
 */
export async function loadMatrix(path: string): Promise<MatrixDefinition> {
  const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: Partial<MatrixDefinition> };
  const definition = module.default;
  if (!definition?.title || !definition.axes || typeof definition.scenario !== 'function')
    throw new ScenarioNotFound(`${path} has no defineMatrix({ title, axes, scenario }) as its default export`);
  return definition as MatrixDefinition;
}
