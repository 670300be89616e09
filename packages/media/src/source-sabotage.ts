import type { Sabotage } from '@plugfest/model';

/** A camera that freezes has shown something before. */
const FREEZE_FROM_MS = 2000;
const DEFAULT_DELAY_MS = 300;
const DEFAULT_LIPSYNC_MS = 250;

/** What is broken on purpose in one participant's camera and microphone, by the time since they began. */
export class SourceSabotage {
  readonly #rows: readonly Sabotage[];

  /** Rows of other participants are passed over. */
  constructor(rows: readonly Sabotage[], participant: string) {
    this.#rows = rows.filter((row) => row.participant === participant);
  }

  isBroken(kind: 'black' | 'mute' | 'freeze', atUs: number): boolean {
    return this.#rows.some((row) => row.kind === kind && isOn(row, atUs));
  }

  /** How late the picture of this moment leaves. */
  videoDelayUs(atUs: number): number {
    return this.#sumUs('delay', DEFAULT_DELAY_MS, atUs);
  }

  /** How late the sound of this moment leaves. */
  audioDelayUs(atUs: number): number {
    return this.videoDelayUs(atUs) + this.#sumUs('lipsync', DEFAULT_LIPSYNC_MS, atUs);
  }

  #sumUs(kind: Sabotage['kind'], byDefaultMs: number, atUs: number): number {
    const active = this.#rows.filter((row) => row.kind === kind && isOn(row, atUs));
    return active.reduce((sum, { amount }) => sum + (amount ?? byDefaultMs) * 1000, 0);
  }
}

function isOn({ kind, fromMs, untilMs = Number.POSITIVE_INFINITY }: Sabotage, atUs: number): boolean {
  const beginMs = fromMs ?? (kind === 'freeze' ? FREEZE_FROM_MS : 0);
  return atUs >= beginMs * 1000 && atUs < untilMs * 1000;
}
