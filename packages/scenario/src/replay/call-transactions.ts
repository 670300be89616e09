import { cseqOf, header, type SipMessage, type SipRequest, type SipResponse } from '@plugfest/sip';

/** A request of ours and what became of it. */
export interface SentRequest {
  readonly request: SipRequest;
  final: SipResponse | undefined;
  isProvisional: boolean;
}

/** What has been said in the call of now, as it comes: answers find their requests, requests wait until their turn comes. */
export class CallTransactions {
  readonly #sent: SentRequest[] = [];
  readonly #received: SipRequest[] = [];
  readonly #watchers = new Set<() => void>();

  sends(request: SipRequest): SentRequest {
    const sent: SentRequest = { request, final: undefined, isProvisional: false };
    this.#sent.push(sent);
    return sent;
  }

  /** Of a response: the request that it answers, where it is the first final one. */
  hears(response: SipResponse): SentRequest | undefined {
    const branch = branchOf(response);
    const method = cseqOf(response)?.method;
    const sent = this.#sent.find(
      ({ request }) => branchOf(request) === branch && (method === undefined || request.method === method),
    );
    if (!sent || sent.final) return undefined;
    if (response.statusCode < 200) sent.isProvisional = true;
    else sent.final = response;
    this.#tell();
    return response.statusCode < 200 ? undefined : sent;
  }

  /** True where it is new: not the same once more. */
  isAsked(request: SipRequest): boolean {
    const key = keyOf(request);
    if (this.#received.some((one) => keyOf(one) === key)) return false;
    this.#received.push(request);
    this.#tell();
    return true;
  }

  asked(method: string, except: ReadonlySet<SipRequest>): SipRequest | undefined {
    return this.#received.find((request) => request.method === method && !except.has(request));
  }

  /** Calls `look` now and whenever something came, until it finds something or it is told to stop. */
  until<T>(look: () => T | undefined, patience: Promise<void>): Promise<T | undefined> {
    const { promise, resolve } = Promise.withResolvers<T | undefined>();
    const again = (): void => {
      const found = look();
      if (found !== undefined) resolve(found);
    };
    this.#watchers.add(again);
    again();
    void patience.then(() => resolve(undefined));
    return promise.finally(() => this.#watchers.delete(again));
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }
}

export function branchOf(message: SipMessage): string {
  return /;\s*branch\s*=\s*([^;,\s]+)/i.exec(header(message, 'Via') ?? '')?.[1] ?? '';
}

function keyOf(request: SipRequest): string {
  return [request.method, header(request, 'CSeq'), branchOf(request)].join(' ');
}
