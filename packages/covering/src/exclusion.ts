import { type Demands, EXCLUDED } from './demands.ts';
import type { Forbidden } from './forbidden.ts';
import { Solver } from './solver.ts';

/**
 * Marks each tuple that no row can contain, and only these: the solver has found a row with the tuple, or has searched everywhere.
 * Returns how many there are.
 */
export function excludeImpossible(demands: Demands, forbidden: Forbidden, states: Uint8Array): number {
  const solver = new Solver(forbidden);
  const isConstrained = new Uint8Array(forbidden.levelCounts.length);
  for (const variable of solver.constrained) isConstrained[variable] = 1;
  let excluded = 0;
  demands.groups.forEach((group, index) => {
    if (!group.some((parameter) => isConstrained[parameter])) return;
    excluded += excludeInGroup(demands, index, group, solver, states);
  });
  return excluded;
}

function excludeInGroup(
  demands: Demands,
  index: number,
  group: readonly number[],
  solver: Solver,
  states: Uint8Array,
): number {
  let tuple = demands.offsets[index] as number;
  let excluded = 0;
  // Depth first, so that a beginning that is impossible is asked about once.
  const descend = (depth: number): void => {
    if (depth === group.length) {
      tuple++;
      return;
    }
    const parameter = group[depth] as number;
    const below = group.slice(depth + 1).reduce((product, each) => product * (demands.levelCounts[each] as number), 1);
    for (let level = 0; level < (demands.levelCounts[parameter] as number); level++) {
      const mark = solver.mark;
      if (solver.assign(parameter, level)) {
        descend(depth + 1);
        solver.undoTo(mark);
      } else {
        states.fill(EXCLUDED, tuple, tuple + below);
        tuple += below;
        excluded += below;
      }
    }
  };
  descend(0);
  return excluded;
}
