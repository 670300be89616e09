import { indexOfParameter } from './expression.ts';
import type { Model, Row } from './model.ts';

/** A row by names. An open place is left out where the row is a seed. */
export type NamedRow = Readonly<Record<string, string>>;

/** Rows by names; aliases take turns, and negative levels carry their prefix. */
export function nameRows(model: Model, rows: readonly Row[]): NamedRow[] {
  const turns = new Map<string, number>();
  return rows.map((row) =>
    Object.fromEntries(
      model.parameters.map((parameter, index) => {
        const at = row[index] as number;
        const level = parameter.levels[at];
        if (level === undefined) throw new RangeError(`${parameter.name} has no level ${at}`);
        const names = [level.name, ...level.aliases];
        const key = `${index}:${at}`;
        const turn = turns.get(key) ?? 0;
        turns.set(key, turn + 1);
        return [parameter.name, `${level.isNegative ? '~' : ''}${names[turn % names.length]}`];
      }),
    ),
  );
}

/** What was read of a row by names: columns and values that the model has not are left out, and said. */
export interface SeedRow {
  readonly row: Row;
  readonly notes: readonly string[];
}

/** Reads a row by names: an earlier plan's, or one that somebody wants. */
export function seedRow(model: Model, named: NamedRow): SeedRow {
  const row: Row = new Int16Array(model.parameters.length).fill(-1);
  const notes: string[] = [];
  const fold = (text: string): string => (model.isCaseSensitive ? text : text.toUpperCase());
  for (const [name, value] of Object.entries(named)) {
    if (value === '') continue;
    const index = model.parameters.findIndex((parameter) => fold(parameter.name) === fold(name));
    if (index === -1) {
      notes.push(`the model has no parameter “${name}”`);
      continue;
    }
    const level = levelOf(model, index, value.replace(/^~\s*/, ''), fold);
    if (level === -1) notes.push(`“${name}” has no value “${value}”`);
    else row[index] = level;
  }
  return { row, notes };
}

function levelOf(model: Model, index: number, value: string, fold: (text: string) => string): number {
  return (model.parameters[index]?.levels ?? []).findIndex(({ name, aliases }) =>
    [name, ...aliases].some((each) => fold(each) === fold(value)),
  );
}

/** The level of a parameter in a row, by name. */
export function valueIn(model: Model, row: Row, parameter: string): string | undefined {
  const index = indexOfParameter(parameter, model);
  return model.parameters[index]?.levels[row[index] as number]?.name;
}
