import { appendFileSync } from 'node:fs';

/** What protects media in one direction, and the address that it is sent from. */
export interface KeyedEnd {
  /** Master key and salt, base64. */
  readonly keyAndSalt: string;
  readonly address: string;
  readonly port: number;
}

/** What a DTLS handshake came to. @see RFC 5764 §4.2 */
export interface MediaKeys {
  readonly suite: string;
  /** Hexadecimal: by these a key log names a session. */
  readonly clientRandom: string;
  readonly masterSecret: string;
  readonly local: KeyedEnd;
  readonly remote: KeyedEnd;
}

/**
 * Appends a line of JSON to the file that `PLUGFEST_MEDIA_KEYS` names, readable by the owner only; nothing where it names none. What SSLKEYLOGFILE is for browsers: for who
 * records a call of his own and wants to read it.
 */
export function logMediaKeys(keys: MediaKeys): void {
  const file = process.env.PLUGFEST_MEDIA_KEYS;
  if (!file) return;
  try {
    appendFileSync(file, `${JSON.stringify(keys)}\n`, { mode: 0o600 });
  } catch (fault) {
    process.stderr.write(`media keys are not kept: ${String(fault)}\n`);
  }
}
