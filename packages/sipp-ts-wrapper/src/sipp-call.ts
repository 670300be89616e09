import { CALL_COMMANDS, type CallFlowOptions, callFlow } from './flows/call-flow.ts';
import type { SippMessage } from './message-trace.ts';
import type { SippOutcome } from './outcome.ts';
import type { SippOptions } from './sipp-options.ts';
import { SippProcess } from './sipp-process.ts';

export interface SippCallOptions extends Omit<SippOptions, 'scenario' | 'calls' | 'onCommand'> {
  readonly call: CallFlowOptions;
}

/** A final response to the INVITE, to the letter (latin1). */
export interface FinalResponse {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly text: string;
}

/** How long a request that came may stay unanswered before the call is hung up all the same. */
const BUSY_MS = 200;

/** One outgoing call of `callFlow`, with its owner's side: what it was answered, and hanging up at a time when SIPp can hear it. */
export class SippCall implements AsyncDisposable {
  /** Resolves with the response that ended the invitation, 2xx or not; rejects where SIPp ends without one. */
  readonly answered: Promise<FinalResponse>;
  readonly #process: SippProcess;
  readonly #state: CallState;

  private constructor(process: SippProcess, state: CallState) {
    this.#process = process;
    this.#state = state;
    this.answered = Promise.race([
      state.answered,
      process.outcome.then((outcome) => {
        throw new CallFault(outcome);
      }),
    ]);
    // Who only hangs up need not look at the answer.
    this.answered.catch(() => {});
  }

  /** @throws as `SippProcess.start` */
  static async start(options: SippCallOptions): Promise<SippCall> {
    const { call, onMessage, ...rest } = options;
    const state = new CallState(call.credentials !== undefined);
    const process = await SippProcess.start({
      ...rest,
      scenario: callFlow(call),
      calls: 1,
      onMessage: (message) => {
        if (!message.isCommand) state.take(message);
        onMessage?.(message);
      },
      onCommand: (word) => state.hear(word.callId, word.command),
    });
    return new SippCall(process, state);
  }

  /** Resolves when the call is over, whoever ended it. */
  get outcome(): Promise<SippOutcome> {
    return this.#process.outcome;
  }

  /** Offers what `reoffers` has under that word, in a call that stands. Resolves with the final response, 2xx or not, once it is acknowledged. @throws CallFault */
  async reoffer(word: string): Promise<FinalResponse> {
    const ended = this.#process.outcome.then((outcome) => {
      throw new CallFault(outcome);
    });
    ended.catch(() => {});
    const callId = await Promise.race([this.#state.calling, ended]);
    await Promise.race([this.#state.free(), ended]);
    const response = this.#state.expectReoffer();
    await this.#process.command(callId, word);
    return await Promise.race([response, ended]);
  }

  /** Cancels before the answer, sends BYE after it; does nothing where the call is over. Resolves when the other side agreed or did not for 32 s. */
  async hangUp(): Promise<SippOutcome> {
    const callId = await Promise.race([this.#state.calling, this.#process.outcome]);
    if (typeof callId !== 'string') return callId;
    await Promise.race([this.#state.free(), this.#process.outcome]);
    if (!this.#state.isOver) await this.#process.command(callId, CALL_COMMANDS.hangUp);
    return this.#process.outcome;
  }

  /** Ends SIPp without a word to the other side. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

/** The call's process ended before its invitation was answered: `outcome` says how. */
export class CallFault extends Error {
  readonly code = 'call-ended-unanswered';
  readonly outcome: SippOutcome;

  constructor(outcome: SippOutcome) {
    super(`SIPp ended before the call was answered: ${describeOutcome(outcome)}`);
    this.name = 'CallFault';
    this.outcome = outcome;
  }
}

/** An outcome in words. */
export function describeOutcome(outcome: SippOutcome): string {
  const cause = 'cause' in outcome ? ` (${outcome.cause})` : '';
  const text = 'text' in outcome ? outcome.text : 'errors' in outcome ? (outcome.errors.at(-1)?.text ?? '') : '';
  return `${outcome.kind}${cause} ${text}`.trim();
}

/** A new offer under way: the word that it is acknowledged and the trace of its response come in any order. */
interface Reoffered {
  readonly answered: PromiseWithResolvers<FinalResponse>;
  response?: FinalResponse;
  isAcknowledged: boolean;
}

/** What the trace and the words of a call say of it. */
class CallState {
  readonly #calling = Promise.withResolvers<string>();
  readonly #answered = Promise.withResolvers<FinalResponse>();
  readonly calling = this.#calling.promise;
  readonly answered = this.#answered.promise;
  isOver = false;
  #isUp = false;
  #hasFinal = false;
  /** The first challenge is answered, not final. */
  #mayBeChallenged: boolean;
  /** CSeq of requests of the other side that SIPp has not answered yet. */
  readonly #unanswered = new Set<string>();
  #waiting: (() => void)[] = [];
  #reoffer: Reoffered | undefined;

  constructor(hasCredentials: boolean) {
    this.#mayBeChallenged = hasCredentials;
  }

  hear(callId: string, word: string): void {
    if (word === CALL_COMMANDS.calling) this.#calling.resolve(callId);
    if (word === CALL_COMMANDS.answered) this.#isUp = true;
    if (word === CALL_COMMANDS.ended) this.isOver = true;
    if (word === CALL_COMMANDS.reoffered && this.#reoffer) this.#reoffer.isAcknowledged = true;
    this.#finishReoffer();
    this.#tellIfFree();
  }

  take({ direction, text }: SippMessage): void {
    const status = /^SIP\/2\.0 (\d{3}) ?([^\r\n]*)/.exec(text);
    const [, sequence = '', method = ''] = /^(?:CSeq)\s*:\s*(\d+)\s+(\S+)/im.exec(text) ?? [];
    const isMarked = status !== null || method === 'ACK';
    if (direction === 'received' && !isMarked) this.#unanswered.add(sequence + method);
    if (direction === 'sent' && status) this.#unanswered.delete(sequence + method);
    if (direction === 'received' && status && method === 'INVITE')
      this.#takeResponse(Number(status[1]), status[2] ?? '', text);
    if (direction === 'received' && method === 'BYE' && !status) this.isOver = true;
    this.#tellIfFree();
  }

  /** From now on a final response to INVITE is that of the new offer. */
  expectReoffer(): Promise<FinalResponse> {
    this.#reoffer = { answered: Promise.withResolvers<FinalResponse>(), isAcknowledged: false };
    return this.#reoffer.answered.promise;
  }

  /** Resolves when SIPp waits for something, so that it can hear a word. */
  async free(): Promise<void> {
    if (this.#isFree()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const timer = setTimeout(resolve, BUSY_MS);
    await promise;
    clearTimeout(timer);
  }

  #takeResponse(statusCode: number, reasonPhrase: string, text: string): void {
    if (statusCode < 200) return;
    if (this.#mayBeChallenged && (statusCode === 401 || statusCode === 407)) {
      this.#mayBeChallenged = false;
      return;
    }
    if (this.#reoffer) {
      this.#reoffer.response ??= { statusCode, reasonPhrase, text };
      this.#finishReoffer();
      return;
    }
    this.#hasFinal = true;
    this.#answered.resolve({ statusCode, reasonPhrase, text });
  }

  #finishReoffer(): void {
    if (!this.#reoffer?.isAcknowledged || !this.#reoffer.response) return;
    this.#reoffer.answered.resolve(this.#reoffer.response);
    this.#reoffer = undefined;
  }

  /** Between the final response and the word `answered` ACK is on its way. */
  #isFree(): boolean {
    return this.isOver || (!this.#reoffer && this.#hasFinal === this.#isUp && this.#unanswered.size === 0);
  }

  #tellIfFree(): void {
    if (!this.#isFree()) return;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}
