/** No more often than this, whatever is lost. */
const INTERVAL_US = 500_000;
/** A sender begins with a key frame; if no picture came out by then, it was missed. */
const FIRST_PICTURE_US = 250_000;

/** When to ask a sender for a key frame: at once for the first damage, then again at intervals until one came. */
export class KeyFrameRequests {
  #isNeeded = false;
  #requestedAtUs = Number.NEGATIVE_INFINITY;
  #firstPacketUs: number | undefined;
  #hasPicture = false;
  count = 0;

  packetArrived(nowUs: number): void {
    this.#firstPacketUs ??= nowUs;
  }

  /** Something is lost or could not be decoded: what refers to it is damaged. */
  damaged(): void {
    this.#isNeeded = true;
  }

  /** A picture came out. A key frame heals all damage. */
  decoded(isKeyFrame: boolean): void {
    this.#hasPicture = true;
    if (isKeyFrame) this.#isNeeded = false;
  }

  /** True where it is time to ask; counts as asked then. */
  isDue(nowUs: number): boolean {
    const isMissed =
      !this.#hasPicture && this.#firstPacketUs !== undefined && nowUs - this.#firstPacketUs >= FIRST_PICTURE_US;
    if (!(this.#isNeeded || isMissed) || nowUs - this.#requestedAtUs < INTERVAL_US) return false;
    this.#requestedAtUs = nowUs;
    this.count++;
    return true;
  }
}
