import { HEADER_OCTETS, parseHeader, type ReadHeader } from './parse-message.ts';

/** Messages in parts at a time: a peer that never sends the rest keeps no more than this. */
const MAX_UNFINISHED = 8;
const MAX_PAYLOAD_OCTETS = 16_384;

interface Unfinished {
  readonly bytes: Uint8Array;
  /** Which words have come. */
  readonly hasWord: Uint8Array;
  missingWords: number;
}

/** Puts messages together again that came in parts over UDP. The oldest unfinished ones are forgotten. @see RFC 8855 §6.2.3 */
export class BfcpFragmentAssembler {
  readonly #unfinished = new Map<string, Unfinished>();

  /** A whole message where this part was the last that it lacked; what is no fragment comes back as it is; nonsense is undefined. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    const header = parseHeader(bytes);
    if (!header.ok || header.value.fragment === undefined) return bytes;
    const { fragment, payloadOctets, headerOctets } = header.value;
    const part = bytes.subarray(headerOctets);
    const isWrong = part.length !== fragment.octets || fragment.offsetOctets + fragment.octets > payloadOctets;
    if (isWrong || fragment.octets === 0 || payloadOctets > MAX_PAYLOAD_OCTETS) return undefined;
    const key = `${header.value.conferenceId}:${header.value.userId}:${header.value.transactionId}:${bytes[1]}`;
    const unfinished = this.#unfinished.get(key) ?? this.#begin(key, bytes, header.value);
    if (unfinished.bytes.length !== HEADER_OCTETS + payloadOctets) return undefined;
    unfinished.bytes.set(part, HEADER_OCTETS + fragment.offsetOctets);
    for (let word = fragment.offsetOctets / 4; word < (fragment.offsetOctets + fragment.octets) / 4; word++) {
      unfinished.missingWords -= 1 - (unfinished.hasWord[word] as number);
      unfinished.hasWord[word] = 1;
    }
    if (unfinished.missingWords > 0) return undefined;
    this.#unfinished.delete(key);
    return unfinished.bytes;
  }

  #begin(key: string, bytes: Uint8Array, { payloadOctets }: ReadHeader): Unfinished {
    if (this.#unfinished.size >= MAX_UNFINISHED) {
      this.#unfinished.delete(this.#unfinished.keys().next().value as string);
    }
    const whole = new Uint8Array(HEADER_OCTETS + payloadOctets);
    whole.set(bytes.subarray(0, HEADER_OCTETS));
    whole[0] = (whole[0] as number) & ~0x08;
    const words = payloadOctets / 4;
    const unfinished = { bytes: whole, hasWord: new Uint8Array(words), missingWords: words };
    this.#unfinished.set(key, unfinished);
    return unfinished;
  }
}
