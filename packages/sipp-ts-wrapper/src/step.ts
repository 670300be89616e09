import type { Action } from './action.ts';
import type { Text } from './text.ts';

/** What every step may have. */
export interface Common {
  /** What `branchOf` names. */
  readonly id?: string;
  /** Label to go on at, instead of the next step. */
  readonly next?: string;
  /** `next` is taken only where this variable is set. */
  readonly nextIf?: string;
  /** With that probability `next` is taken, 0..1. */
  readonly chance?: number;
  readonly startTimer?: string;
  /** Ends a timer: its time goes into the statistics as response time. */
  readonly stopTimer?: string;
  readonly counter?: string;
  readonly actions?: readonly Action[];
}

export interface SendStep extends Common {
  readonly kind: 'send';
  readonly message: Text;
  /** First retransmission over UDP after that time (T1), doubled each time. */
  readonly retransmitAfterMs?: number;
  /** Share of these messages that are lost on purpose, 0..1. */
  readonly lossRatio?: number;
}

export interface ReceiveStep extends Common {
  readonly kind: 'receive';
  readonly request?: string;
  readonly response?: number;
  readonly optional?: boolean;
  readonly timeoutMs?: number;
  /** Label to go on at when the time is over; without it the call fails. */
  readonly onTimeout?: string;
  /** Keeps `Record-Route` and `Contact` for `routes` and `remoteTarget`. */
  readonly recordRoutes?: boolean;
  /** Keeps the challenge for `authentication`. */
  readonly authenticate?: boolean;
  readonly lossRatio?: number;
}

export interface PauseStep extends Common {
  readonly kind: 'pause';
  readonly pauseMs: number;
}

export interface NothingStep extends Common {
  readonly kind: 'nothing';
}

/** Keeps the call for late retransmissions, without counting as its time; only at the end. */
export interface LingerStep {
  readonly kind: 'linger';
  readonly lingerMs: number;
}

export interface LabelStep {
  readonly kind: 'label';
  readonly label: string;
}

/** Tells the owner of the process where the call is. */
export interface TellStep extends Common {
  readonly kind: 'tell';
  readonly command: string;
}

/** Waits for a word of the owner of the process (`SippProcess.command`). */
export interface AwaitCommandStep extends Common {
  readonly kind: 'await-command';
}

export type Step =
  | SendStep
  | ReceiveStep
  | PauseStep
  | NothingStep
  | LingerStep
  | LabelStep
  | TellStep
  | AwaitCommandStep;

/** What one call does, from its first message to its last. */
export interface Scenario {
  readonly name: string;
  readonly steps: readonly Step[];
}

type Options<S> = Omit<S, 'kind'>;

export function send(message: Text, options: Omit<Options<SendStep>, 'message'> = {}): SendStep {
  return { kind: 'send', message, ...options };
}

export function receiveRequest(
  method: string,
  options: Omit<Options<ReceiveStep>, 'request' | 'response'> = {},
): ReceiveStep {
  return { kind: 'receive', request: method, ...options };
}

export function receiveResponse(
  statusCode: number,
  options: Omit<Options<ReceiveStep>, 'request' | 'response'> = {},
): ReceiveStep {
  return { kind: 'receive', response: statusCode, ...options };
}

export function pause(pauseMs: number, options: Common = {}): PauseStep {
  return { kind: 'pause', pauseMs, ...options };
}

/** A step that only acts or jumps. */
export function perform(options: Common): NothingStep {
  return { kind: 'nothing', ...options };
}

export function linger(lingerMs: number): LingerStep {
  return { kind: 'linger', lingerMs };
}

export function label(name: string): LabelStep {
  return { kind: 'label', label: name };
}

export function tell(command: string, options: Common = {}): TellStep {
  return { kind: 'tell', command, ...options };
}

export function awaitCommand(options: Common = {}): AwaitCommandStep {
  return { kind: 'await-command', ...options };
}
