import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { HEADER_OCTETS, parseHeader } from './parse-message.ts';

/** A roster of hundreds of floor requests is far below this; it bounds what a peer can make us keep. */
const MAX_MESSAGE_OCTETS = 16_384;

/** Cuts a TCP or TLS stream into messages by the lengths in their headers. @see RFC 8855 §6.1 */
export class BfcpStreamFramer {
  #kept: Uint8Array = new Uint8Array(0);

  /** The whole messages so far. A fault (`too-long`, `unsupported-version`) means that the stream cannot be followed any more: close it. */
  push(bytes: Uint8Array): Result<Uint8Array[], ParseFault> {
    const all = new Uint8Array(this.#kept.length + bytes.length);
    all.set(this.#kept);
    all.set(bytes, this.#kept.length);
    const messages: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= HEADER_OCTETS) {
      const header = parseHeader(all.subarray(at));
      if (!header.ok) return header;
      const octets = HEADER_OCTETS + header.value.payloadOctets;
      if (octets > MAX_MESSAGE_OCTETS) {
        return err({
          code: 'too-long',
          offset: at + 2,
          section: 'RFC 8855 §5.1',
          text: `a message of ${octets} octets`,
        });
      }
      if (all.length - at < octets) break;
      messages.push(all.slice(at, at + octets));
      at += octets;
    }
    this.#kept = all.slice(at);
    return ok(messages);
  }
}
