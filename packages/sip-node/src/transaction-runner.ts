import type { Clock, Timer } from '@plugfest/model';
import {
  type Action,
  type MachineTable,
  newTransaction,
  step,
  type TimerBase,
  type TimerId,
  type Transaction,
  type TransactionInput,
  type TransactionState,
} from '@plugfest/sip';

/** Runs one transaction machine on a clock: carries out the timer effects itself and hands the others to `perform`. */
export class TransactionRunner {
  readonly #clock: Clock;
  readonly #perform: (action: Action) => void;
  readonly #ended: () => void;
  readonly #timers = new Map<TimerId, Timer>();
  #transaction: Transaction;

  constructor(
    clock: Clock,
    table: MachineTable,
    reliable: boolean,
    base: TimerBase | undefined,
    perform: (action: Action) => void,
    ended: () => void,
  ) {
    this.#clock = clock;
    this.#transaction = newTransaction(table, reliable, base);
    this.#perform = perform;
    this.#ended = ended;
  }

  get state(): TransactionState {
    return this.#transaction.state;
  }

  input(input: TransactionInput): void {
    if (this.state === 'terminated') return;
    const { transaction, effects } = step(this.#transaction, input, this.#clock.nowUs());
    this.#transaction = transaction;
    const dueAtOnce: TimerId[] = [];
    for (const effect of effects) {
      if (effect.kind === 'start-timer') {
        if (effect.delayMs === 0) dueAtOnce.push(effect.timer);
        else this.#start(effect.timer, effect.delayMs);
      } else if (effect.kind === 'stop-timer') this.#stop(effect.timer);
      else this.#perform(effect.kind);
    }
    for (const timer of dueAtOnce) this.input(`timer-${timer}`);
    if (transaction.state === 'terminated' && this.#transaction === transaction) this.#end();
  }

  /** Ends without a report: the layer is closing. */
  abandon(): void {
    if (this.state === 'terminated') return;
    this.#transaction = { ...this.#transaction, state: 'terminated' };
    this.#end();
  }

  #end(): void {
    for (const timer of [...this.#timers.keys()]) this.#stop(timer);
    this.#ended();
  }

  #start(timer: TimerId, delayMs: number): void {
    this.#stop(timer);
    this.#timers.set(
      timer,
      this.#clock.schedule(delayMs, () => {
        this.#timers.delete(timer);
        this.input(`timer-${timer}`);
      }),
    );
  }

  #stop(timer: TimerId): void {
    this.#timers.get(timer)?.cancel();
    this.#timers.delete(timer);
  }
}
