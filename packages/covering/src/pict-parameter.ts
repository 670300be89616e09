import { type Level, type Parameter, parameterWith } from './model.ts';
import { Misread } from './pict-fault.ts';
import type { Line, PictOptions } from './pict-model.ts';

/** `name: value, ~negative value, name | alias, value (weight), <other parameter>`. */
export function readParameter(line: Line, known: readonly Parameter[], options: PictOptions): Parameter {
  const text = line.text.replace(/\r$/, '');
  const colon = text.indexOf(':');
  const separator = colon === -1 ? text.indexOf(options.valueSeparator) : colon;
  const start = line.offset + (text.length - text.trimStart().length);
  if (separator === -1) throw new Misread(start, 'a parameter is “name: value, value, …”, with one value at least');
  const name = text.slice(0, separator).trim();
  refuseUnsupported(name, start);
  const fold = (each: string): string => (options.isCaseSensitive ? each : each.toUpperCase());
  if (known.some((each) => fold(each.name) === fold(name)))
    throw new Misread(
      start,
      `there are two parameters “${name}”: names must differ${options.isCaseSensitive ? '' : ', in more than case'}`,
    );
  const rest = text.slice(separator + (colon === -1 ? options.valueSeparator.length : 1));
  if (rest.trim() === '') throw new Misread(line.offset + text.length, `the parameter “${name}” has no values`);
  const levels = rest
    .split(options.valueSeparator)
    .flatMap((value) => referred(value.trim(), known, fold) ?? [readLevel(value.trim(), options)]);
  if (levels.every((level) => level.isNegative))
    throw new Misread(start, `all values of “${name}” are negative: a row without an error has none to take`);
  return parameterWith(name, levels);
}

function refuseUnsupported(name: string, at: number): void {
  if (name.startsWith('$')) throw new Misread(at, `“${name}” is a result parameter, which is not supported`);
  if (/@\s*\d+$/.test(name))
    throw new Misread(
      at + name.indexOf('@'),
      'a parameter’s own order is not supported: use a sub-model, { … } @ order',
    );
}

function referred(
  value: string,
  known: readonly Parameter[],
  fold: (name: string) => string,
): readonly Level[] | undefined {
  const name = /^<(.*)>$/.exec(value)?.[1];
  return name === undefined ? undefined : known.find((each) => fold(each.name) === fold(name.trim()))?.levels;
}

function readLevel(value: string, { aliasSeparator, negativePrefix }: PictOptions): Level {
  const weighted = /^(.*)\(\s*(\d+)\s*\)$/s.exec(value);
  const weight = Number(weighted?.[2] ?? 1);
  const names = weight > 0 && weighted ? (weighted[1] as string) : value;
  const [first = '', ...aliases] = names.split(aliasSeparator).map((name) => name.trim());
  const isNegative = first.startsWith(negativePrefix);
  const name = isNegative ? first.slice(negativePrefix.length).trim() : first;
  return { name, aliases, weight: Math.max(1, weight), isNegative };
}
