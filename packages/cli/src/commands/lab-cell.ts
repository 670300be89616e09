import { join, resolve } from 'node:path';
import { interruption } from '@plugfest/host';
import { type Health, serveCell, watchHealth } from '@plugfest/lab';
import { EXIT } from '@plugfest/model';
import { loadMatrix } from '@plugfest/scenario';
import { describeCommit, SourceGraph, sourceDigests } from '@plugfest/sources';
import { attemptRow } from '../matrix-run.ts';
import { sabotageOfRows } from '../matrix-sabotage.ts';
import { rowPayloadSchema } from '../matrix-workers.ts';
import { PROJECT_ROOT } from '../paths.ts';
import { Progress } from '../progress.ts';
import { VERSION } from '../version.ts';

/** In the fresh process of one cell. */
export async function labCell({ reports }: { readonly reports: string }): Promise<number> {
  using interrupted = interruption();
  const reportsDir = resolve(reports);
  await serveCell(async ({ payload }) => {
    const row = rowPayloadSchema.parse(payload);
    const file = resolve(PROJECT_ROOT, row.file);
    const definition = await loadMatrix(file);
    const watch = watchHealth();
    let health: Health | undefined;
    const attempt = await attemptRow(
      definition,
      { matrix: row.matrix, file, strength: row.strength, rows: row.rows },
      { row, attempt: row.attempt },
      join(reportsDir, row.directory),
      {
        reportsDir,
        signal: interrupted.signal,
        progress: new StageWatch((stage) => {
          // What comes then is work of its own, and may hold the loop up.
          if (stage === 'measure') health = watch.end();
        }),
        sabotageOf: sabotageOfRows(row.sabotage, definition),
        digests: sourceDigests(PROJECT_ROOT, new SourceGraph(PROJECT_ROOT).scenarioFilesOf(file)),
        commit: describeCommit(PROJECT_ROOT, VERSION),
      },
    );
    const { verdict, durationMs, report } = attempt;
    const reason = attempt.reason ?? attempt.failed[0];
    return {
      verdict,
      durationMs,
      evidence: report,
      detail: attempt,
      ...(reason ? { reason } : {}),
      ...(health ? { health } : {}),
    };
  });
  return EXIT.pass;
}

/** Progress that tells of each stage, too. */
class StageWatch extends Progress {
  readonly #onStage: (stage: string) => void;

  constructor(onStage: (stage: string) => void) {
    super();
    this.#onStage = onStage;
  }

  override step(text: string): void {
    super.step(text);
    this.#onStage(text);
  }
}
