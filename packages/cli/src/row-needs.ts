import { type Plan, seededRandom } from '@plugfest/model';
import { expand, type MatrixDefinition, neededTools, scenarioOfRow } from '@plugfest/scenario';

/**
 * What a row asks of a worker: the tools of its participants, and what the matrix says beyond. One whose scenario cannot be made asks for nothing:
 * whoever gets it says why.
 */
export function rowNeeds(
  definition: MatrixDefinition,
  values: Readonly<Record<string, string>>,
  environment: Plan['environment'],
): string[] {
  const more = definition.needs?.(values) ?? [];
  try {
    const plan = expand(scenarioOfRow(definition, values), {
      runId: 'needs',
      scenarioId: 'needs',
      file: '',
      seed: 0,
      random: seededRandom(0),
      createdAt: '',
      command: '',
      sabotage: [],
      satisfied: false,
      environment,
    });
    return [...new Set([...neededTools(plan), ...more])];
  } catch {
    return [...more];
  }
}
