/** Thrown where the command line asks for what cannot be. */
export class BadUse extends Error {
  readonly code = 'bad-use';
}
