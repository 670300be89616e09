import type { Measured } from '@plugfest/model';

/** One value a time, both in the same order. */
export interface PageCurve {
  readonly name: string;
  readonly unit: string;
  readonly timesMs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** A sound: its spectrum as a `data:` URI, and where it is interrupted. */
export interface PageSound {
  readonly durationMs: number;
  readonly topHz: number;
  readonly image: string;
  readonly level: PageCurve;
  readonly dropouts: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** A pair of pictures that differ much, each a `data:` URI. */
export interface PagePair {
  readonly frame: number;
  readonly referenceFrame: number;
  readonly timeMs: number;
  readonly psnrY?: number;
  readonly ssimY?: number;
  readonly sent: string;
  readonly got: string;
  readonly difference: string;
}

/** All that the page of two measured files shows. */
export interface FilePageData {
  readonly capture: string;
  readonly reference?: string;
  readonly video: Readonly<Record<string, Measured>>;
  readonly audio: Readonly<Record<string, Measured>>;
  readonly findings: readonly {
    readonly level: string;
    readonly code: string;
    readonly file: string;
    readonly text: string;
  }[];
  readonly curves: readonly PageCurve[];
  readonly worst: readonly PagePair[];
  readonly sounds: Readonly<Partial<Record<'reference' | 'capture', PageSound>>>;
}
