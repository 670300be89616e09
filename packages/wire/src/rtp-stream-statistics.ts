/** RFC 3550 appendix A.1. */
const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
const CYCLE = 65_536;

/** What a receiver knows of one SSRC: sequence numbers (RFC 3550 A.1, A.3) and interarrival jitter (A.8). */
export class RtpStreamStatistics {
  #received = 0;
  #base = 0;
  #highest = 0;
  #cycles = 0;
  #restartAt = -1;
  /** Expected and received before the sender started over. */
  #past = { expected: 0, received: 0 };
  #transitMs: number | undefined;
  #jitterMs: number | undefined;
  #lastTicks = 0;
  #mediaMs = 0;

  /** RTP packets that came, duplicates included. */
  get received(): number {
    return this.#past.received + this.#received;
  }

  get expected(): number {
    return this.#past.expected + this.#expectedNow();
  }

  /** Negative where duplicates outnumber what was lost. */
  get lost(): number {
    return this.expected - this.received;
  }

  /** Undefined before two packets of a known clock rate came. */
  get jitterMs(): number | undefined {
    return this.#jitterMs;
  }

  count(sequenceNumber: number, timestampTicks: number, arrivalUs: number, clockRateHz: number | undefined): void {
    if (this.#received === 0) this.#start(sequenceNumber);
    if (!this.#follow(sequenceNumber)) return;
    this.#received++;
    if (clockRateHz) this.#measureJitter(timestampTicks, arrivalUs, clockRateHz);
  }

  #expectedNow(): number {
    return this.#received === 0 ? 0 : this.#cycles + this.#highest - this.#base + 1;
  }

  #start(sequenceNumber: number): void {
    this.#base = sequenceNumber;
    this.#highest = sequenceNumber;
    this.#cycles = 0;
    this.#restartAt = -1;
    this.#transitMs = undefined;
  }

  /** False for a jump that may be a restart or a stray: the next packet tells. */
  #follow(sequenceNumber: number): boolean {
    const ahead = (sequenceNumber - this.#highest + CYCLE) % CYCLE;
    if (ahead < MAX_DROPOUT) {
      if (sequenceNumber < this.#highest) this.#cycles += CYCLE;
      this.#highest = sequenceNumber;
    } else if (ahead <= CYCLE - MAX_MISORDER) {
      if (sequenceNumber !== this.#restartAt) {
        this.#restartAt = (sequenceNumber + 1) % CYCLE;
        return false;
      }
      this.#past = { expected: this.expected, received: this.received };
      this.#received = 0;
      this.#start(sequenceNumber);
    }
    return true;
  }

  #measureJitter(timestampTicks: number, arrivalUs: number, clockRateHz: number): void {
    // Timestamps wrap: the distance to the last one is what counts.
    const stepTicks = this.#transitMs === undefined ? 0 : (timestampTicks - this.#lastTicks) | 0;
    this.#lastTicks = timestampTicks;
    const arrivalMs = arrivalUs / 1000;
    this.#mediaMs += (stepTicks * 1000) / clockRateHz;
    const transitMs = arrivalMs - this.#mediaMs;
    if (this.#transitMs !== undefined) {
      const before = this.#jitterMs ?? 0;
      this.#jitterMs = before + (Math.abs(transitMs - this.#transitMs) - before) / 16;
    }
    this.#transitMs = transitMs;
  }
}
