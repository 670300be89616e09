/** How a pressed key came: in the sound's stream (RFC 4733), or by SIP INFO. */
export type DigitWay = 'telephone-event' | 'info';

interface Press {
  readonly digit: string;
  readonly way: DigitWay;
  readonly atUs: number;
}

/** The same key on the other way within this time is the same press: phones may be set to send both. */
const SAME_PRESS_US = 2_000_000;

/** The keys that one peer presses, whichever way it says them, each once. */
export class DigitCollector {
  /** Presses that may still come on the other way. */
  #single: readonly Press[] = [];

  /** Whether this is a press of its own. */
  take(digit: string, way: DigitWay, atUs: number): boolean {
    this.#single = this.#single.filter((press) => atUs - press.atUs < SAME_PRESS_US);
    const twin = this.#single.find((press) => press.digit === digit && press.way !== way);
    this.#single = twin
      ? this.#single.filter((press) => press !== twin)
      : [...this.#single, { digit, way, atUs }].slice(-16);
    return twin === undefined;
  }
}
