import { err, ok, type Result } from '@plugfest/model';
import type { Condition } from './condition.ts';
import { BadCondition, indexOfParameter, resolve } from './expression.ts';
import type { Model, Parameter, SubModel } from './model.ts';
import { ConstraintReader } from './pict-constraint.ts';
import { faultAt, Misread, type ModelFault } from './pict-fault.ts';
import { readParameter } from './pict-parameter.ts';

/** What PICT takes on its command line. */
export interface PictOptions {
  /** `/d`: between values. */
  readonly valueSeparator: string;
  /** `/a`: between a value's names. */
  readonly aliasSeparator: string;
  /** `/n`: before a negative value. */
  readonly negativePrefix: string;
  /** `/c`. */
  readonly isCaseSensitive: boolean;
}

export const PICT_DEFAULTS: PictOptions = {
  valueSeparator: ',',
  aliasSeparator: '|',
  negativePrefix: '~',
  isCaseSensitive: false,
};

/** A line with the offset of its first character in the file. */
export interface Line {
  readonly text: string;
  readonly offset: number;
}

/**
 * Reads a model in PICT's format: parameters, then sub-models, then constraints.
 *
 * DIVERGES: a constraint or sub-model that names an unknown parameter is an error; PICT warns and goes on without it.
 *
 * @see https://github.com/microsoft/pict/blob/main/doc/pict.md
 */
export function readPictModel(text: string, options: Partial<PictOptions> = {}): Result<Model, ModelFault> {
  const settings = { ...PICT_DEFAULTS, ...options };
  const source = text.replace(/^\ufeff/, ' ');
  try {
    return ok(readSections(source, settings));
  } catch (error) {
    if (error instanceof Misread) return err(faultAt(source, error));
    throw error;
  }
}

function readSections(text: string, options: PictOptions): Model {
  const lines = linesOf(text);
  const parameters: Parameter[] = [];
  const subModels: SubModel[] = [];
  let at = 0;
  const ahead = (): Line | undefined => {
    while (at < lines.length && /^\s*(?:#|$)/.test((lines[at] as Line).text)) at++;
    return lines[at];
  };
  for (let line = ahead(); line && !isSubModel(line) && !isConstraint(line); line = ahead()) {
    parameters.push(readParameter(line, parameters, options));
    at++;
  }
  for (let line = ahead(); line && !isConstraint(line); line = ahead()) {
    subModels.push(readSubModel(line, parameters, options));
    at++;
  }
  if (parameters.length === 0) throw new Misread(0, 'there is no parameter: a line is “name: value, value, …”');
  const model: Model = { parameters, subModels, constraints: [], isCaseSensitive: options.isCaseSensitive };
  const rest = withoutComments(text, lines[at]?.offset ?? text.length);
  return { ...model, constraints: readConstraints(rest, lines[at]?.offset ?? text.length, model) };
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    lines.push({ text: line, offset });
    offset += line.length + 1;
  }
  return lines;
}

/** As PICT tells a constraint from a parameter; NOT at the beginning too. */
function isConstraint({ text }: Line): boolean {
  return /^\s*(?:IF\s*$|IF\b.*\[.*\]|\[.*\]|\(.*\[.*\]|NOT\b.*\[.*\]|(?:IF|NOT)?[\s(]*IS(?:NEGATIVE|POSITIVE)\s*\()/i.test(
    text,
  );
}

function isSubModel({ text }: Line): boolean {
  return /^\s*\{.*\}/.test(text);
}

function readSubModel({ text, offset }: Line, parameters: readonly Parameter[], options: PictOptions): SubModel {
  const match = /^\s*\{([^}]*)\}\s*(?:@(.*))?$/.exec(text.replace(/\r$/, ''));
  if (!match) {
    const at = text.search(/[{]/);
    throw new Misread(offset + Math.max(0, at), 'a sub-model is “{ parameter, parameter, … } @ order”');
  }
  const names = [...new Set(namesIn(match[1] as string, offset + text.indexOf('{') + 1, parameters, options))];
  const order = match[2]?.trim();
  if (order === undefined) return { parameters: names };
  const at = offset + text.indexOf('@') + 1;
  if (!/^\d+$/.test(order) || Number(order) < 1)
    throw new Misread(at, `“${order}” is not an order: a whole number from 1`);
  if (Number(order) > names.length)
    throw new Misread(at, `the order ${order} is more than the ${names.length} parameters of the sub-model`);
  if (Number(order) > 4) throw new Misread(at, `the order ${order} is not supported: it can be 1, 2, 3 or 4`);
  return { parameters: names, strength: Number(order) };
}

function namesIn(list: string, offset: number, parameters: readonly Parameter[], options: PictOptions): string[] {
  const fold = (name: string): string => (options.isCaseSensitive ? name : name.toUpperCase());
  const split = (separator: string): { name: string; at: number }[] => {
    let at = offset;
    return list.split(separator).map((part) => {
      const start = at + (part.length - part.trimStart().length);
      at += part.length + separator.length;
      return { name: part.trim(), at: start };
    });
  };
  const find = (name: string) => parameters.find((each) => fold(each.name) === fold(name));
  const own = split(',');
  const parts = own.every(({ name }) => find(name)) ? own : split(options.valueSeparator);
  return parts.map(({ name, at }) => {
    const parameter = find(name);
    if (!parameter) throw new Misread(at, `there is no parameter “${name}”`);
    return parameter.name;
  });
}

/** The text from an offset on; lines of comment are blank, so that offsets stay. */
function withoutComments(text: string, from: number): string {
  return text.slice(from).replace(/^[^\S\n]*#.*$/gm, (line) => ' '.repeat(line.length));
}

function readConstraints(text: string, offset: number, model: Model): Condition[] {
  const check = (condition: Condition, at: number): void => {
    try {
      resolve(condition, model);
      refuseOtherTypes(condition, model);
    } catch (error) {
      if (error instanceof BadCondition) throw new Misread(at, error.message);
      throw error;
    }
  };
  return new ConstraintReader(
    text,
    offset,
    model.parameters.map(({ name }) => name),
    check,
  ).all();
}

/** In a model file a number in quotes is a text, and not compared with numbers. */
function refuseOtherTypes(condition: Condition, model: Model): void {
  if (!('value' in condition || 'in' in condition)) return;
  const parameter = model.parameters[indexOfParameter(condition.parameter, model)];
  const values = 'in' in condition ? condition.in : [condition.value];
  const text = values.find((value) => typeof value === 'string');
  if (parameter?.isNumeric && text !== undefined)
    throw new BadCondition(`“${parameter.name}” has numbers only, and is compared with the text "${text}"`);
}
