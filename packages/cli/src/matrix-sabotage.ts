import type { NamedRow } from '@plugfest/covering';
import type { Sabotage } from '@plugfest/model';
import { type MatrixDefinition, parseSabotage } from '@plugfest/scenario';
import { BadUse } from './bad-use.ts';

/**
 * Reads `--sabotage`: `<participant>:<kind>` breaks that participant in every row; `<value>:<kind>` those that an axis of their own name casts
 * with this value, so that an endpoint can be made worse wherever it takes part.
 * @throws BadUse
 */
export function sabotageOfRows(
  texts: readonly string[],
  { axes }: MatrixDefinition,
): (values: NamedRow) => readonly Sabotage[] {
  const asked = texts.map((text) => {
    const parsed = parseSabotage(text);
    if (!parsed.ok) throw new BadUse(`--sabotage: ${parsed.error}`);
    return parsed.value;
  });
  const isValue = (name: string): boolean =>
    Object.values(axes).some((levels) => levels.some((level) => String(level) === name));
  return (values) =>
    asked.flatMap((one) =>
      isValue(one.participant)
        ? Object.entries(values).flatMap(([axis, value]) =>
            value === one.participant ? [{ ...one, participant: axis }] : [],
          )
        : [one],
    );
}
