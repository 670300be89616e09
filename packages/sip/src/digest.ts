/** A user's name and password for one realm; they are sent to no other. */
export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
  /** The only realm that is answered. */
  readonly realm: string;
}
