import { EXIT } from '@plugfest/model';

/** Ctrl-C as a value. */
export interface Interruption extends Disposable {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP; the reason is an Error that names the signal. */
  readonly signal: AbortSignal;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal asks: what runs ends in order and writes its evidence. The second one insists: exit code 130 at once; children and
 * temporary files are left to the warden. Disposing takes the handlers off again.
 */
export function interruption(): Interruption {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new Error(`interrupted by ${signal}`));
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}
