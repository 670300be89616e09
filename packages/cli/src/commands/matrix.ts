import { BadUse } from '../bad-use.ts';
import { type PlanCommandOptions, printPlan, readModel } from '../matrix-print-plan.ts';

export interface MatrixOptions extends PlanCommandOptions {
  readonly plan: boolean;
  readonly row: readonly string[];
  readonly resume: boolean;
  readonly workers?: string;
  readonly repeat: string;
  readonly gate: string;
  readonly known?: string;
  readonly history?: string;
  readonly sabotage: readonly string[];
  readonly changed?: string | true;
  readonly reports: string;
}

/** Plans a matrix, or runs it. What runs it is loaded where it is run. Returns the exit code. @throws BadUse */
export async function matrix(file: string, options: MatrixOptions): Promise<number> {
  if (!file.endsWith(SUFFIX)) {
    if (!options.plan) throw new BadUse(`${file} is a PICT model, which can only be planned: add --plan`);
    return printPlan(readModel(file, options), options);
  }
  const { loadMatrix, matrixModel } = await import('@plugfest/scenario');
  const { estimatesOf, latestRows, runRows } = await import('./run-matrix.ts');
  const definition = await loadMatrix(file);
  if (!options.plan) return runRows(file, definition, options);
  return printPlan(matrixModel(definition), options, estimatesOf(file, definition, options), latestRows(file, options));
}

const SUFFIX = '.matrix.ts';
