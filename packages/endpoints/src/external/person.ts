import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { NotSupported } from '../not-supported.ts';

/** Answers that come from standard input though it is no terminal: from a script, or from a process that has the terminal. */
export const PERSON_VARIABLE = 'PLUGFEST_PERSON';
/** What a line for the person begins with. */
export const PROMPT = '? ';

/** What a person was asked, and what came of it. `none`: no answer in time. */
export interface Answer {
  readonly question: string;
  readonly answer: 'done' | 'yes' | 'no' | 'cannot' | 'none';
  readonly tookMs: number;
}

/** The person at the terminal, who does with a device what no program can: one question at a time, each with a time limit. */
export class Person implements Disposable {
  readonly #lines: Interface;
  readonly #output: Pick<Writable, 'write'>;
  #asked: Promise<unknown> = Promise.resolve();
  #onLine: ((line: string) => void) | undefined;
  #onEnd: (() => void) | undefined;
  #hasEnded = false;
  readonly #early: string[] = [];

  /** @param isScripted what is said before it is asked for counts: a person's stray Enter does not */
  constructor(input: Readable, output: Pick<Writable, 'write'>, isScripted: boolean) {
    this.#output = output;
    this.#lines = createInterface({ input, terminal: false });
    this.#lines.on('line', (line) => {
      if (this.#onLine) this.#onLine(line);
      else if (isScripted) this.#early.push(line);
    });
    this.#lines.on('close', () => {
      this.#hasEnded = true;
      this.#onEnd?.();
    });
  }

  /** @throws NotSupported where nobody is there to answer */
  static atTerminal(): Person {
    if (!process.stdin.isTTY && process.env[PERSON_VARIABLE] !== 'stdin')
      throw new NotSupported(
        `a device needs a person at a terminal, and standard input is none (${PERSON_VARIABLE}=stdin takes answers from it all the same)`,
      );
    return new Person(process.stdin, process.stderr, !process.stdin.isTTY);
  }

  /** Asks for something to be done: Enter says that it is, `x` that the device cannot. */
  does(what: string, limitMs: number): Promise<Answer> {
    const read = (line: string): Answer['answer'] => (/^\s*x/i.test(line) ? 'cannot' : 'done');
    return this.#ask(what, `${what}; Enter when it is done, x if it cannot`, read, limitMs);
  }

  confirms(question: string, limitMs: number): Promise<Answer> {
    const read = (line: string): Answer['answer'] | undefined => {
      const first = line.trim().charAt(0).toLowerCase();
      return first === 'y' ? 'yes' : first === 'n' ? 'no' : undefined;
    };
    return this.#ask(question, `${question} (y/n)`, read, limitMs);
  }

  [Symbol.dispose](): void {
    this.#onEnd?.();
    this.#lines.close();
  }

  #ask(
    question: string,
    text: string,
    read: (line: string) => Answer['answer'] | undefined,
    limitMs: number,
  ): Promise<Answer> {
    const answer = this.#asked.then(() => this.#askNow(question, text, read, limitMs));
    this.#asked = answer;
    return answer;
  }

  #askNow(
    question: string,
    text: string,
    read: (line: string) => Answer['answer'] | undefined,
    limitMs: number,
  ): Promise<Answer> {
    const startedMs = performance.now();
    this.#output.write(`${PROMPT}${text} [${Math.round(limitMs / 1000)} s]\n`);
    return new Promise((resolve) => {
      const settle = (answer: Answer['answer']): void => {
        clearTimeout(timer);
        this.#onLine = undefined;
        this.#onEnd = undefined;
        resolve({ question, answer, tookMs: Math.round(performance.now() - startedMs) });
      };
      const timer = setTimeout(() => settle('none'), limitMs);
      this.#onLine = (line) => {
        const answer = read(line);
        if (answer !== undefined) settle(answer);
      };
      this.#onEnd = () => settle('none');
      for (let at = this.#early.length; at > 0 && this.#onLine !== undefined; at--)
        this.#onLine(this.#early.shift() as string);
      if (this.#hasEnded) settle('none');
    });
  }
}
