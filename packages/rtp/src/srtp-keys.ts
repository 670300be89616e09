import { type Cipheriv, createCipheriv } from 'node:crypto';

export type SrtpSuite = 'AES_CM_128_HMAC_SHA1_80' | 'AES_CM_128_HMAC_SHA1_32' | 'AEAD_AES_128_GCM';

interface SuiteRow {
  readonly keyBytes: number;
  readonly saltBytes: number;
  /** Of an SRTP packet; SRTCP always has 10 under HMAC, 16 under GCM. */
  readonly rtpTagBytes: number;
  readonly rtcpTagBytes: number;
}

/** @see RFC 4568 §6.2, RFC 3711 §8.2, RFC 7714 §12 */
export const SRTP_SUITES: Readonly<Record<SrtpSuite, SuiteRow>> = {
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, rtpTagBytes: 10, rtcpTagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { keyBytes: 16, saltBytes: 14, rtpTagBytes: 4, rtcpTagBytes: 10 },
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, rtpTagBytes: 16, rtcpTagBytes: 16 },
};

/** Labels of the key derivation, for RTP; RTCP's are three more. @see RFC 3711 §4.3.1 */
export const KEY_LABELS = { cipherKey: 0, authenticationKey: 1, salt: 2 } as const;
export const RTCP_LABEL_OFFSET = 3;

const BLOCK = 16;

/** AES in counter mode needs only this of AES: one object for a key's whole life, as making one costs more than a packet. */
export function openBlockCipher(key: Uint8Array): Cipheriv {
  return createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
}

/** A session key out of the master key, for a key derivation rate of 0. @see RFC 3711 §4.3.3 */
export function deriveSessionKey(master: { key: Uint8Array; salt: Uint8Array }, label: number, bytes: number): Buffer {
  const input = Buffer.alloc(Math.ceil(bytes / BLOCK) * BLOCK);
  for (let block = 0; block * BLOCK < input.length; block++) {
    input.set(master.salt, block * BLOCK);
    input[block * BLOCK + 7] = (input[block * BLOCK + 7] as number) ^ label;
    input[block * BLOCK + 15] = block;
  }
  return openBlockCipher(master.key).update(input).subarray(0, bytes);
}
