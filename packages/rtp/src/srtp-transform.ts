import { type Cipheriv, createCipheriv, createDecipheriv, hash, timingSafeEqual } from 'node:crypto';
import {
  deriveSessionKey,
  KEY_LABELS,
  openBlockCipher,
  RTCP_LABEL_OFFSET,
  SRTP_SUITES,
  type SrtpSuite,
} from './srtp-keys.ts';

/** What encrypts and authenticates the packets of one master key, for RTP or for RTCP. */
export interface SrtpTransform {
  readonly tagBytes: number;
  /**
   * `packet` is header and payload; encrypted from `start` on where `isEncrypted`. `authenticated` follows the packet in what is
   * authenticated: the roll-over counter, or the SRTCP index word. Returns packet and tag.
   */
  seal(input: TransformInput): { readonly packet: Uint8Array; readonly tag: Uint8Array };
  /** The plain packet, undefined where the tag is wrong. */
  open(input: TransformInput, tag: Uint8Array): Uint8Array | undefined;
}

export interface TransformInput {
  readonly packet: Uint8Array;
  readonly start: number;
  readonly ssrc: number;
  /** 48 bits for RTP, 31 for RTCP. */
  readonly index: number;
  readonly trailer: Uint8Array;
  readonly isEncrypted: boolean;
}

export function openTransform(
  suite: SrtpSuite,
  master: { readonly key: Uint8Array; readonly salt: Uint8Array },
  kind: 'rtp' | 'rtcp',
): SrtpTransform {
  const { keyBytes, saltBytes, rtpTagBytes, rtcpTagBytes } = SRTP_SUITES[suite];
  const offset = kind === 'rtp' ? 0 : RTCP_LABEL_OFFSET;
  const key = deriveSessionKey(master, KEY_LABELS.cipherKey + offset, keyBytes);
  const salt = deriveSessionKey(master, KEY_LABELS.salt + offset, saltBytes);
  if (suite === 'AEAD_AES_128_GCM') return new GcmTransform(key, salt, kind);
  const authenticationKey = deriveSessionKey(master, KEY_LABELS.authenticationKey + offset, 20);
  const tagBytes = kind === 'rtp' ? rtpTagBytes : rtcpTagBytes;
  return new CounterModeTransform(new CounterMode(key, salt), new HmacSha1(authenticationKey), tagBytes);
}

const BLOCK = 16;

/** AES in counter mode as SRTP sets the counter. @see RFC 3711 §4.1.1 */
export class CounterMode {
  readonly #cipher: Cipheriv;
  readonly #salt: Uint8Array;
  #counters = new CounterBlocks(96);

  constructor(key: Uint8Array, salt: Uint8Array) {
    this.#cipher = openBlockCipher(key);
    this.#salt = salt;
  }

  /** Encrypts or decrypts `bytes` from `start` on, in place. */
  apply(bytes: Uint8Array, start: number, ssrc: number, index: number): void {
    const length = bytes.length - start;
    if (length <= 0) return;
    const stream = this.keyStream(length, ssrc, index);
    let at = 0;
    if ((bytes.byteOffset + start) % 4 === 0 && stream.byteOffset % 4 === 0) {
      const words = new Uint32Array(bytes.buffer, bytes.byteOffset + start, length >> 2);
      const keyWords = new Uint32Array(stream.buffer, stream.byteOffset, length >> 2);
      for (let word = 0; word < words.length; word++)
        words[word] = (words[word] as number) ^ (keyWords[word] as number);
      at = words.length * 4;
    }
    for (; at < length; at++) bytes[start + at] = (bytes[start + at] as number) ^ (stream[at] as number);
  }

  /** At least `length` bytes. */
  keyStream(length: number, ssrc: number, index: number): Buffer {
    const blocks = Math.ceil(length / BLOCK);
    if (this.#counters.capacity < blocks) this.#counters = new CounterBlocks(blocks);
    const prefix = Buffer.alloc(BLOCK);
    prefix.set(this.#salt);
    prefix.writeUInt32BE((prefix.readUInt32BE(4) ^ ssrc) >>> 0, 4);
    prefix.writeUInt32BE((prefix.readUInt32BE(8) ^ Math.floor(index / 0x1_0000)) >>> 0, 8);
    prefix.writeUInt16BE(prefix.readUInt16BE(12) ^ (index & 0xffff), 12);
    return this.#cipher.update(this.#counters.fill(prefix, blocks));
  }
}

/** Room for the counter blocks of one packet: their last two bytes count from 0 and never change. */
class CounterBlocks {
  readonly capacity: number;
  readonly #bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.#bytes = new Uint8Array(capacity * BLOCK);
    this.#words = new Uint32Array(this.#bytes.buffer);
    this.#halves = new Uint16Array(this.#bytes.buffer);
    for (let block = 0; block < capacity; block++) {
      this.#bytes[block * BLOCK + 14] = block >> 8;
      this.#bytes[block * BLOCK + 15] = block;
    }
  }

  /** Puts the first 14 bytes of `prefix` into every block; the blocks. */
  fill(prefix: Uint8Array, blocks: number): Uint8Array {
    this.#bytes.set(prefix.subarray(0, 14));
    const [first, second, third] = this.#words as unknown as [number, number, number];
    const half = this.#halves[6] as number;
    for (let block = 1; block < blocks; block++) {
      this.#words[block * 4] = first;
      this.#words[block * 4 + 1] = second;
      this.#words[block * 4 + 2] = third;
      this.#halves[block * 8 + 6] = half;
    }
    return this.#bytes.subarray(0, blocks * BLOCK);
  }
}

const HASH_BLOCK = 64;
const SHA1_BYTES = 20;

/** HMAC-SHA1 by two one-shot hashes, four times as fast as an Hmac object a packet. @see RFC 2104 */
export class HmacSha1 {
  #inner = Buffer.alloc(HASH_BLOCK + 2048);
  readonly #outer = Buffer.alloc(HASH_BLOCK + SHA1_BYTES);

  /** `key`: at most 64 bytes. */
  constructor(key: Uint8Array) {
    for (let at = 0; at < HASH_BLOCK; at++) {
      this.#inner[at] = 0x36 ^ (key[at] ?? 0);
      this.#outer[at] = 0x5c ^ (key[at] ?? 0);
    }
  }

  /** 20 bytes over `first` and `second`. */
  digest(first: Uint8Array, second: Uint8Array): Buffer {
    const length = HASH_BLOCK + first.length + second.length;
    if (this.#inner.length < length) this.#inner = Buffer.concat([this.#inner.subarray(0, HASH_BLOCK)], length);
    this.#inner.set(first, HASH_BLOCK);
    this.#inner.set(second, HASH_BLOCK + first.length);
    this.#outer.set(hash('sha1', this.#inner.subarray(0, length), 'buffer'), HASH_BLOCK);
    return hash('sha1', this.#outer, 'buffer');
  }
}

class CounterModeTransform implements SrtpTransform {
  readonly tagBytes: number;
  readonly #cipher: CounterMode;
  readonly #hmac: HmacSha1;

  constructor(cipher: CounterMode, hmac: HmacSha1, tagBytes: number) {
    this.#cipher = cipher;
    this.#hmac = hmac;
    this.tagBytes = tagBytes;
  }

  seal({ packet, start, ssrc, index, trailer, isEncrypted }: TransformInput): { packet: Uint8Array; tag: Uint8Array } {
    const sealed = new Uint8Array(packet);
    if (isEncrypted) this.#cipher.apply(sealed, start, ssrc, index);
    return { packet: sealed, tag: this.#hmac.digest(sealed, trailer).subarray(0, this.tagBytes) };
  }

  open({ packet, start, ssrc, index, trailer, isEncrypted }: TransformInput, tag: Uint8Array): Uint8Array | undefined {
    const expected = this.#hmac.digest(packet, trailer).subarray(0, this.tagBytes);
    if (!timingSafeEqual(expected, tag)) return undefined;
    const opened = new Uint8Array(packet);
    if (isEncrypted) this.#cipher.apply(opened, start, ssrc, index);
    return opened;
  }
}

/** @see RFC 7714 §8-§9 */
export class GcmTransform implements SrtpTransform {
  readonly tagBytes = SRTP_SUITES.AEAD_AES_128_GCM.rtpTagBytes;
  readonly #key: Uint8Array;
  readonly #salt: Uint8Array;
  readonly #kind: 'rtp' | 'rtcp';

  constructor(key: Uint8Array, salt: Uint8Array, kind: 'rtp' | 'rtcp') {
    this.#key = key;
    this.#salt = salt;
    this.#kind = kind;
  }

  seal(input: TransformInput): { packet: Uint8Array; tag: Uint8Array } {
    const { clear, hidden } = this.#parts(input);
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#vector(input), { authTagLength: this.tagBytes });
    cipher.setAAD(this.#associated(clear, input));
    const body = Buffer.concat([cipher.update(hidden), cipher.final()]);
    return { packet: Buffer.concat([clear, body]), tag: cipher.getAuthTag() };
  }

  open(input: TransformInput, tag: Uint8Array): Uint8Array | undefined {
    const { clear, hidden } = this.#parts(input);
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#vector(input), { authTagLength: this.tagBytes });
    decipher.setAAD(this.#associated(clear, input));
    decipher.setAuthTag(tag);
    const body = decipher.update(hidden);
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return Buffer.concat([clear, body]);
  }

  #parts({ packet, start, isEncrypted }: TransformInput): { clear: Uint8Array; hidden: Uint8Array } {
    const at = isEncrypted ? start : packet.length;
    return { clear: packet.subarray(0, at), hidden: packet.subarray(at) };
  }

  /** SRTCP authenticates its index word too; SRTP has the roll-over counter in the vector. */
  #associated(clear: Uint8Array, { trailer }: TransformInput): Uint8Array {
    return this.#kind === 'rtp' ? clear : Buffer.concat([clear, trailer]);
  }

  #vector({ ssrc, index }: TransformInput): Buffer {
    const vector = Buffer.alloc(12);
    vector.writeUInt32BE(ssrc, 2);
    vector.writeUIntBE(index, 6, 6);
    for (let at = 0; at < 12; at++) vector[at] = (vector[at] as number) ^ (this.#salt[at] as number);
    return vector;
  }
}
