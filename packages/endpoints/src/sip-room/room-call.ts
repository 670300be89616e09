import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { leaseTcpPort, leaseUdpPorts } from '@plugfest/host';
import type { SipResponse } from '@plugfest/sip';
import { describeOutcome, SippCall, SippProcess } from '@plugfest/sipp-ts-wrapper';
import type { EndpointContext } from '../endpoint.ts';
import { byeScenario, type Reoffer, type RoomCallOptions, responseIn, roomCall } from './room-dialog.ts';

export interface RoomSignalling {
  readonly context: EndpointContext;
  readonly sipp: string;
  readonly host: string;
  /** `host:port` of the bridge. */
  readonly bridge: string;
  readonly transport: 'udp' | 'tcp';
  readonly call: RoomCallOptions;
  /** The far end has hung up a call that stood. */
  readonly onGone: () => void;
  /** SIPp has ended by itself. */
  readonly onFault: (message: string) => void;
}

/** Longer than that a room does not wait for the far end to agree that the call is over. */
const GOODBYE_MS = 3000;
const GLARE_ATTEMPTS = 3;

/** A room's call: made, answered and ended by SIPp, whatever becomes of it. */
export class RoomCall implements AsyncDisposable {
  readonly #signalling: RoomSignalling;
  readonly #localPort: number;
  readonly #callId: string;
  readonly #sipp: SippCall;
  readonly #resources: AsyncDisposableStack;
  #established: SipResponse | undefined;
  #ending: Promise<void> | undefined;

  private constructor(
    signalling: RoomSignalling,
    localPort: number,
    callId: string,
    sipp: SippCall,
    resources: AsyncDisposableStack,
  ) {
    this.#signalling = signalling;
    this.#localPort = localPort;
    this.#callId = callId;
    this.#sipp = sipp;
    this.#resources = resources;
  }

  /** @throws PortsExhausted, SpawnFault */
  static async start(signalling: RoomSignalling): Promise<RoomCall> {
    const { context, sipp, host, bridge, transport, call } = signalling;
    await using starting = new AsyncDisposableStack();
    const lease = transport === 'tcp' ? leaseTcpPort(host) : leaseUdpPorts({ host });
    const localPort = starting.use(await lease).ports[0] ?? 0;
    const callId = `${context.random.token(20)}@${context.plan.id}`;
    const process = starting.use(
      await SippCall.start({
        name: `sipp of ${context.plan.id}`,
        sipp,
        call: roomCall(call),
        directory: await directoryIn(context.workDir, 'call'),
        local: { host, port: localPort },
        remote: addressOf(bridge),
        transport,
        callId,
      }),
    );
    return new RoomCall(signalling, localPort, callId, process, starting.move());
  }

  /** The final response to INVITE. An abort cancels the call. @throws CallFault where SIPp ends without one; the signal's reason */
  async answered(): Promise<SipResponse> {
    const { signal } = this.#signalling.context;
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => {
      void this.hangUp().then(() => aborted.reject(signal.reason));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      const { text } = await Promise.race([signal.aborted ? aborted.promise : this.#sipp.answered, aborted.promise]);
      const response = responseIn(text);
      if (!response) throw new Error('the response to INVITE cannot be read');
      if (response.statusCode < 300) this.#establish(response);
      return response;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Offers anew, after a pause again where the far end did the same at that moment (491). @throws CallFault; Error where it is refused
   * @see RFC 3261 §14.1
   */
  async reoffer(what: Reoffer): Promise<SipResponse> {
    const { clock, random } = this.#signalling.context;
    for (let attempt = 1; ; attempt++) {
      const { statusCode, reasonPhrase, text } = await this.#sipp.reoffer(what);
      const response = responseIn(text);
      if (response && statusCode < 300) return response;
      if (statusCode !== 491 || attempt === GLARE_ATTEMPTS)
        throw new Error(`the far end refuses what the room offers anew (${what}): ${statusCode} ${reasonPhrase}`);
      const pauseMs = 2100 + Math.round(random.next() * 1900);
      await new Promise<void>((resolve) => clock.schedule(pauseMs, resolve));
    }
  }

  /** Ends the call in whatever state it is. Where its SIPp cannot, another sends BYE. */
  hangUp(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  #establish(response: SipResponse): void {
    this.#established = response;
    const { onGone, onFault } = this.#signalling;
    void this.#sipp.outcome.then((outcome) => {
      if (this.#ending) return;
      if (outcome.kind === 'completed') onGone();
      else onFault(`SIPp ended in the call: ${describeOutcome(outcome)}`);
    });
  }

  async #end(): Promise<void> {
    const { clock } = this.#signalling.context;
    const late = Promise.withResolvers<undefined>();
    const timer = clock.schedule(GOODBYE_MS, () => late.resolve(undefined));
    const outcome = await Promise.race([this.#sipp.hangUp(), late.promise]);
    timer.cancel();
    if (outcome?.kind === 'completed') return;
    await this.#sipp[Symbol.asyncDispose]();
    if (this.#established) await this.#sendBye(this.#established);
  }

  async #sendBye(established: SipResponse): Promise<void> {
    const { context, sipp, host, bridge, transport } = this.#signalling;
    await using process = await SippProcess.start({
      sipp,
      scenario: byeScenario(established, context.random.token(12)),
      directory: await directoryIn(context.workDir, 'bye'),
      local: { host, port: this.#localPort },
      remote: addressOf(bridge),
      transport,
      callId: this.#callId,
      deadlineMs: GOODBYE_MS,
    });
    await process.outcome;
  }
}

async function directoryIn(workDir: string, name: string): Promise<string> {
  const path = join(workDir, name);
  await mkdir(path, { recursive: true });
  return path;
}

/** `host:port`, IPv6 in brackets. */
export function addressOf(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replaceAll(/[[\]]/g, ''), port: Number(text.slice(at + 1)) };
}
