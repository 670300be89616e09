import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { contentLengthOf } from './content-length.ts';
import type { SipMessage } from './message.ts';
import { findHeadEnd, parseMessage } from './parse-message.ts';

/** `keep-alive`: a double CRLF, to be answered with one CRLF (RFC 5626 §4.4.1). */
export type FramedItem = SipMessage | 'keep-alive';

const CR = 13;
const LF = 10;
const FIRST_CAPACITY = 2048;

/**
 * Cuts messages out of a byte stream, whatever its segmentation, in linear time and bounded memory. After a fault, or after a message whose
 * Content-Length cannot be believed (`lost` is then set), the connection has to be closed: there is no way to find the next message.
 */
export class StreamFramer {
  readonly maxMessageBytes: number;
  #buffer: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  #start = 0;
  #end = 0;
  #scanned = 0;
  #lineEnds = 0;
  #lost: ParseFault | undefined;
  #wanted = 0;
  readonly #bytesOf = new WeakMap<SipMessage, Uint8Array>();

  constructor(maxMessageBytes = 65_535) {
    this.maxMessageBytes = maxMessageBytes;
  }

  /** Why no more messages can be read; undefined while all is well. */
  get lost(): ParseFault | undefined {
    return this.#lost;
  }

  /** Bytes held back: part of a message. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  /** A message that `push` returned, as it was received. */
  bytesOf(message: SipMessage): Uint8Array | undefined {
    return this.#bytesOf.get(message);
  }

  push(bytes: Uint8Array): Result<FramedItem[], ParseFault> {
    if (this.#lost !== undefined) return err(this.#lost);
    this.#append(bytes);
    const items: FramedItem[] = [];
    while (this.#lost === undefined) {
      this.#skipLineEnds(items);
      const item = this.#next();
      if (item === undefined) break;
      if (!item.ok) {
        this.#lost = item.error;
        if (items.length === 0) return item;
        break;
      }
      items.push(item.value);
    }
    return ok(items);
  }

  #append(bytes: Uint8Array): void {
    if (this.#end + bytes.length > this.#buffer.length) {
      const kept = this.#end - this.#start;
      const room = Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(kept + bytes.length)));
      const larger = new Uint8Array(room);
      larger.set(this.#buffer.subarray(this.#start, this.#end));
      this.#scanned -= this.#start;
      this.#buffer = larger;
      this.#start = 0;
      this.#end = kept;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Two CRLFs in a row are a ping; a single one is a pong or the slack that RFC 3261 §7.5 allows. */
  #skipLineEnds(items: FramedItem[]): void {
    while (this.#start < this.#end) {
      const byte = this.#buffer[this.#start];
      if (byte !== CR && byte !== LF) {
        this.#lineEnds = 0;
        return;
      }
      this.#start++;
      if (byte === LF && ++this.#lineEnds === 2) {
        items.push('keep-alive');
        this.#lineEnds = 0;
      }
    }
    this.#scanned = this.#start;
    this.#wanted = 0;
  }

  #next(): Result<SipMessage, ParseFault> | undefined {
    if (this.#end - this.#start < this.#wanted || this.#end === this.#start) return undefined;
    const head = findHeadEnd(this.#buffer.subarray(0, this.#end), Math.max(this.#start, this.#scanned - 2));
    if (head === undefined) {
      this.#scanned = this.#end;
      return this.pendingBytes > this.maxMessageBytes ? this.#tooLarge() : undefined;
    }
    const parsed = parseMessage(this.#buffer.subarray(this.#start, head.bodyStart));
    if (!parsed.ok) return parsed;
    const length = contentLengthOf(parsed.value.headers);
    if (length === 'invalid') return this.#framingLost(parsed.value);
    const total = head.bodyStart - this.#start + (length === 'absent' ? 0 : length);
    if (total > this.maxMessageBytes) return this.#tooLarge();
    this.#wanted = total;
    return this.#end - this.#start < total ? undefined : this.#cut(parsed.value, head.bodyStart, total);
  }

  /** The body is copied, as the buffer is used again. */
  #cut(message: SipMessage, bodyStart: number, total: number): Result<SipMessage, ParseFault> {
    const bytes = this.#buffer.slice(this.#start, this.#start + total);
    const whole = { ...message, body: bytes.subarray(bodyStart - this.#start) };
    this.#bytesOf.set(whole, bytes);
    this.#start += total;
    this.#scanned = this.#start;
    this.#wanted = 0;
    if (this.#start === this.#end) this.#release();
    return ok(whole);
  }

  #release(): void {
    if (this.#buffer.length > FIRST_CAPACITY) this.#buffer = new Uint8Array(FIRST_CAPACITY);
    this.#start = 0;
    this.#end = 0;
    this.#scanned = 0;
  }

  #framingLost(message: SipMessage): Result<SipMessage, ParseFault> {
    this.#lost = {
      code: 'content-length',
      offset: -1,
      section: 'RFC 3261 §18.3',
      text: 'Content-Length is malformed or contradicts itself',
    };
    return ok(message);
  }

  #tooLarge(): Result<never, ParseFault> {
    return err({
      code: 'message-too-large',
      offset: -1,
      section: 'RFC 3261 §21.5.14',
      text: `more than ${this.maxMessageBytes} bytes`,
    });
  }
}
