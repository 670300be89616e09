/** Whom nobody looked at for so long nobody is about to: layouts that follow the speaker come back to people within seconds. */
const UNSEEN_US = 3_000_000;

/**
 * Whether somebody looks at a participant's pictures. Those of whom nobody sees need not be decoded, which is most of what a participant costs; when
 * somebody looks again it goes on with the next key frame, which has to be asked for.
 */
export class Attention {
  #state: 'watched' | 'unwatched' | 'awaiting-key-frame' = 'watched';
  #lookedAtUs: number | undefined;

  get isWatched(): boolean {
    return this.#state !== 'unwatched';
  }

  /** Somebody looks. True where a key frame is needed for there to be anything to see. */
  look(nowUs: number): boolean {
    this.#lookedAtUs = nowUs;
    if (this.#state === 'unwatched') this.#state = 'awaiting-key-frame';
    return this.#state === 'awaiting-key-frame';
  }

  /** True once, when nobody has looked for a while. */
  turnsAway(nowUs: number): boolean {
    this.#lookedAtUs ??= nowUs;
    if (this.#state === 'unwatched' || nowUs - this.#lookedAtUs < UNSEEN_US) return false;
    this.#state = 'unwatched';
    return true;
  }

  /** Whether a coded picture is worth decoding. */
  takes({ keyFrame }: { readonly keyFrame: boolean }): boolean {
    if (this.#state === 'awaiting-key-frame' && keyFrame) this.#state = 'watched';
    return this.#state === 'watched';
  }
}
