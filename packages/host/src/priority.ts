import { getPriority, setPriority } from 'node:os';

/** Before ordinary processes, behind what the system itself needs. */
const REAL_TIME_NICE = -10;

/**
 * Puts us, and the children that we start from now on, before ordinary processes: what is measured is the endpoints, not who else uses the machine. Where that is not permitted (only root may) nothing
 * changes. Disposing puts us back.
 */
export function raisedPriority(): Disposable & { readonly raised: boolean } {
  const before = getPriority();
  const raised = before > REAL_TIME_NICE && trySetPriority(REAL_TIME_NICE);
  return { raised, [Symbol.dispose]: () => void (raised && trySetPriority(before)) };
}

function trySetPriority(nice: number): boolean {
  try {
    setPriority(nice);
    return true;
  } catch {
    return false;
  }
}
