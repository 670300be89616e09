import { style } from './terminal.ts';

/** Says on standard error what is going on: one line that is rewritten on a terminal, a line a step elsewhere. */
export class Progress {
  readonly #stream = process.stderr;
  readonly #startedMs = performance.now();
  #prefix = '';
  #current = '';
  #ticker: NodeJS.Timeout | undefined;

  /** Names the thing that the following steps belong to. */
  begin(prefix: string): void {
    this.#prefix = prefix;
  }

  step(text: string): void {
    this.#current = text;
    if (!this.#stream.isTTY) {
      this.#stream.write(`${this.#stamp()} ${this.#prefix}: ${text}\n`);
      return;
    }
    this.#ticker ??= setInterval(() => this.#draw(), 200);
    this.#ticker.unref();
    this.#draw();
  }

  /** Ends the line that is rewritten, and says `text` for good. */
  say(text: string): void {
    this.stop();
    this.#stream.write(`${text}\n`);
  }

  stop(): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }

  #draw(): void {
    this.#stream.write(`\r\u001b[K${style('dim', this.#stamp())} ${this.#prefix}: ${this.#current}`);
  }

  #stamp(): string {
    return `${((performance.now() - this.#startedMs) / 1000).toFixed(1).padStart(5)} s`;
  }
}
