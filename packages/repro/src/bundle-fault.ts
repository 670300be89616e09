/** What can be wrong with a bundle that came from somewhere else. */
export type BundleFaultCode =
  | 'not-a-bundle'
  | 'unsafe-entry'
  | 'unexpected-entry'
  | 'entry-missing'
  | 'digest-differs'
  | 'too-large'
  | 'target-exists';

/** A bundle that is not unpacked, or not further. */
export class BundleFault extends Error {
  readonly code: BundleFaultCode;
  constructor(code: BundleFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
