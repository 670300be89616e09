/** SRTP suites by their SDES names. @see RFC 4568 §6.2, RFC 7714 §14.2 */
export type SdesSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32' | 'AEAD_AES_128_GCM';

/** A parsed `a=crypto` line: one master key. Its bytes never belong in a log. */
export interface SdesKey {
  /** 1..999999999. */
  readonly tag: number;
  readonly suite: SdesSuite;
  /** 16 bytes. */
  readonly key: Uint8Array;
  /** 14 bytes, 12 for AEAD. */
  readonly salt: Uint8Array;
  /** Packets that the key may protect, e.g. 2n ** 31n; absent: the suite's own limit. */
  readonly lifetimePackets?: bigint;
  readonly mki?: { readonly value: number; readonly lengthBytes: number };
  /** As sent, e.g. `UNENCRYPTED_SRTCP`. */
  readonly sessionParameters: readonly string[];
}
