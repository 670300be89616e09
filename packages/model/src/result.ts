/** The outcome of reading bytes that a peer sent: a value or a fault, never an exception. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

/** What is wrong with a peer's bytes, and where. */
export interface ParseFault {
  /** Stable, kebab-case. */
  readonly code: string;
  /** Byte offset into the input, or -1 where no single place is at fault. */
  readonly offset: number;
  /** The rule that was broken, e.g. `RFC 3261 §7.3.1`. */
  readonly section: string;
  readonly text: string;
}
