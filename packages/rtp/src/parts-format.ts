import type { CodedFrame, PayloadFormat } from './video-depacketizer.ts';

/** Larger pictures are not pictures. */
const MAX_FRAME_BYTES = 8 * 1024 * 1024;

/** What a payload's own header says. */
export interface PayloadPart {
  /** Of the coded picture. */
  readonly data: Uint8Array;
  /** The first of its picture. */
  readonly isHead: boolean;
}

export interface PartsReader {
  /** Undefined where the payload is cut off. */
  readonly read: (payload: Uint8Array) => PayloadPart | undefined;
  readonly isKeyFrame: (frame: Uint8Array) => boolean;
}

/** Payload formats that cut a picture into parts and put a header before each. */
export class PartsFormat implements PayloadFormat {
  readonly #reader: PartsReader;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #hasHead = false;

  constructor(reader: PartsReader) {
    this.#reader = reader;
  }

  add(payload: Uint8Array): boolean {
    const part = this.#reader.read(payload);
    if (part === undefined || part.data.length === 0 || this.#bytes + part.data.length > MAX_FRAME_BYTES) return false;
    if (this.#parts.length === 0) this.#hasHead = part.isHead;
    this.#parts.push(part.data);
    this.#bytes += part.data.length;
    return this.#hasHead;
  }

  startsPicture(payload: Uint8Array): boolean {
    return this.#reader.read(payload)?.isHead === true;
  }

  lost(): void {
    // Nothing is open across packets: the picture that lost a part is marked by who calls.
  }

  take(): Pick<CodedFrame, 'data' | 'keyFrame' | 'hasParameterSets'> | undefined {
    const data = Buffer.concat(this.#parts, this.#bytes);
    const keyFrame = this.#hasHead && data.length > 0 && this.#reader.isKeyFrame(data);
    this.#parts = [];
    this.#bytes = 0;
    this.#hasHead = false;
    return data.length === 0 ? undefined : { data, keyFrame, hasParameterSets: true };
  }
}
