import type { Clock, Random } from '@plugfest/model';
import type { StageWatch } from './watched-stage.ts';

export interface RunContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Called as each stage of the run begins: `start`, `join`, `media`, `hang-up`. */
  readonly onStage: (name: string) => void;
  /** Who looks on, and may hold the story up. */
  readonly watch?: StageWatch;
}
