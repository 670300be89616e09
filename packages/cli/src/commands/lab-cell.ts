import { join, resolve } from 'node:path';
import { interruption } from '@plugfest/host';
import { serveCell } from '@plugfest/lab';
import { EXIT } from '@plugfest/model';
import { loadMatrix } from '@plugfest/scenario';
import { runRow } from '../matrix-run.ts';
import { rowPayloadSchema } from '../matrix-workers.ts';
import { PROJECT_ROOT } from '../paths.ts';
import { Progress } from '../progress.ts';

/** In the fresh process of one cell. */
export async function labCell({ reports }: { readonly reports: string }): Promise<number> {
  using interrupted = interruption();
  const reportsDir = resolve(reports);
  await serveCell(async ({ payload }) => {
    const row = rowPayloadSchema.parse(payload);
    const definition = await loadMatrix(resolve(PROJECT_ROOT, row.file));
    const { file, matrix, strength } = row;
    const outcome = await runRow(
      definition,
      { matrix, file: resolve(PROJECT_ROOT, file), strength, rows: row.rows },
      row,
      join(reportsDir, row.directory),
      { reportsDir, signal: interrupted.signal, progress: new Progress() },
    );
    const { verdict, durationMs, report } = outcome;
    const reason = outcome.reason ?? outcome.failed[0];
    return { verdict, durationMs, evidence: report, detail: outcome, ...(reason ? { reason } : {}) };
  });
  return EXIT.pass;
}
