/** Numbers are asked for this long after a later one came: packets that were only overtaken are not asked for. */
const REORDER_TOLERANCE_US = 5_000;
/** A number is asked for again after this: about a round trip and the time to answer. */
const RETRY_US = 40_000;
const MAX_ATTEMPTS = 4;
/** More than this at once is an outage: a key frame mends it, not retransmission. */
const MAX_MISSING = 256;

interface Missing {
  dueUs: number;
  attempts: number;
}

/** Which extended sequence numbers are missing, and when to ask for each. */
export class MissingPackets {
  readonly #missing = new Map<number, Missing>();

  /** Numbers from `first` up to and without `end` were passed over at `atUs`. */
  skipped(first: number, end: number, atUs: number): void {
    if (end - first > MAX_MISSING) return;
    for (let number = first; number < end; number++) {
      this.#missing.set(number, { dueUs: atUs + REORDER_TOLERANCE_US, attempts: 0 });
    }
  }

  found(number: number): void {
    this.#missing.delete(number);
  }

  givenUpBefore(next: number): void {
    for (const number of this.#missing.keys()) if (number < next) this.#missing.delete(number);
  }

  /** 16-bit numbers to ask for now. */
  due(nowUs: number): number[] {
    const numbers: number[] = [];
    for (const [number, missing] of this.#missing) {
      if (missing.dueUs > nowUs) continue;
      if (missing.attempts === MAX_ATTEMPTS) this.#missing.delete(number);
      else {
        missing.attempts++;
        missing.dueUs = nowUs + RETRY_US;
        numbers.push(number & 0xffff);
      }
    }
    return numbers;
  }

  clear(): void {
    this.#missing.clear();
  }
}
