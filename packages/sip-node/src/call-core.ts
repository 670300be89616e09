import type { Clock, Random } from '@plugfest/model';
import type { SessionTimerPolicy, TimerBase } from '@plugfest/sip';
import type { Call } from './call.ts';
import type { CallLimits } from './call-limits.ts';
import type { DigestClient } from './digest-client.ts';
import type { LocalIdentity } from './local-identity.ts';
import type { Locate } from './target.ts';
import type { TransactionLayer } from './transaction-layer.ts';

/** What calls share of their user agent. */
export interface CallCore {
  readonly clock: Clock;
  readonly random: Random;
  readonly layer: TransactionLayer;
  readonly identity: LocalIdentity;
  readonly digest: DigestClient;
  readonly timerBase: TimerBase;
  readonly callLimits: CallLimits;
  readonly locate: Locate | undefined;
  /** Undefined: we know of no session timers. */
  readonly sessionTimer: SessionTimerPolicy | undefined;
  /** The call is reachable by its Call-ID and local tag. */
  add(call: Call): void;
  remove(call: Call): void;
}
