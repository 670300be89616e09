/** Thrown where what is asked for is not to be had here, of this endpoint or of this machine: that is no fault of anybody, and nothing was proved. */
export class NotSupported extends Error {
  readonly code = 'unsupported';
}
