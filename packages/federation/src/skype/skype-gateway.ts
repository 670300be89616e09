import { header, type SipResponse } from '@plugfest/sip';
import type { IncomingSession, OutgoingSession, Session, UserAgent } from '@plugfest/sip-node';
import { addressOfHeader } from '../call-facts.ts';
import { decorate } from '../edge/name-decoration.ts';
import { answerFor, offerFor, type SkypeGeneration } from './skype-offer.ts';

/** One client that a person of Skype is signed in with. */
export interface SkypeClient {
  readonly generation: SkypeGeneration;
  /** SIP URI at which the gateway reaches it. */
  readonly uri: string;
}

export interface SkypeGatewayOptions {
  /** Its agent; the gateway takes its calls, and does not close it. */
  readonly agent: UserAgent;
  /** As in `anna(corp.example)@skype.example`. */
  readonly decorationDomain: string;
  /** A person's clients; none where nobody of that name is signed in. */
  readonly clientsOf: (user: string) => readonly SkypeClient[];
}

interface Branch {
  readonly client: SkypeClient;
  readonly leg: OutgoingSession;
}

/**
 * The gateway at the edge of Skype's cloud: it ends the signalling of a call that comes from Lync, and calls all clients of the person. The first 2xx has the
 * call; another that crosses the CANCEL is acknowledged and hung up. That the caller sees one dialog whoever rings is [M]. @see RFC 3261 §13.2.2.4
 */
export class SkypeGateway {
  readonly #options: SkypeGatewayOptions;

  constructor(options: SkypeGatewayOptions) {
    this.#options = options;
    options.agent.onInvite = (call) => void this.#fork(call);
  }

  async #fork(call: IncomingSession): Promise<void> {
    const { agent, clientsOf, decorationDomain } = this.#options;
    const type = header(call.request, 'Content-Type') ?? '';
    const offer = Buffer.from(call.request.body).toString('latin1');
    if (offer !== '' && !/^application\/sdp\b/i.test(type)) {
      call.reject(415, undefined, [{ name: 'Accept', value: 'application/sdp' }]);
      return;
    }
    const clients = clientsOf(call.requestUser);
    if (offer === '' || clients.length === 0) {
      call.reject(offer === '' ? 488 : 480);
      return;
    }
    const caller = decorate(addressOfHeader(call.request, 'From'), decorationDomain);
    const headers = [{ name: 'P-Asserted-Identity', value: `<sip:${caller}>` }];
    const branches = clients.map((client): Branch => {
      const body = Buffer.from(offerFor(client.generation, offer), 'latin1');
      return { client, leg: agent.invite(client.uri, { body, headers }) };
    });
    await this.#race(call, branches, offer);
  }

  async #race(call: IncomingSession, branches: readonly Branch[], offer: string): Promise<void> {
    let isOpen = true;
    const closeAllBut = (winner?: OutgoingSession): void => {
      isOpen = false;
      for (const { leg } of branches) if (leg !== winner) void leg.bye();
    };
    void call.terminated.then(() => closeAllBut());
    for (const { leg } of branches) {
      leg.onProgress = ({ statusCode }) => {
        if (isOpen) call.progress({ statusCode: statusCode === 183 ? 180 : statusCode });
      };
    }
    const { winner, response } = await firstToTake(branches);
    if (call.state === 'terminated') return;
    closeAllBut(winner?.leg);
    if (winner === undefined) {
      call.reject(response.statusCode, response.reasonPhrase);
      return;
    }
    const answer = answerFor(winner.client.generation, offer, Buffer.from(response.body).toString('latin1'));
    couple(call, winner.leg);
    call.accept({ body: Buffer.from(answer, 'latin1') });
  }
}

/** The branch with the first 2xx; else the response that is the best of all, and at once where one is a 6xx. @see RFC 3261 §16.7 */
function firstToTake(
  branches: readonly Branch[],
): Promise<{ readonly winner?: Branch; readonly response: SipResponse }> {
  const { promise, resolve } = Promise.withResolvers<{ readonly winner?: Branch; readonly response: SipResponse }>();
  const refusals: SipResponse[] = [];
  for (const winner of branches) {
    void winner.leg.answered.then(({ ok, response }) => {
      if (ok) resolve({ winner, response });
      else if (response.statusCode >= 600) resolve({ response });
      else if (refusals.push(response) === branches.length) resolve({ response: bestOf(refusals, response) });
    });
  }
  return promise;
}

function bestOf(refusals: readonly SipResponse[], last: SipResponse): SipResponse {
  return refusals.reduce((best, one) => (classOf(one) < classOf(best) ? one : best), refusals[0] ?? last);
}

function classOf({ statusCode }: SipResponse): number {
  return Math.floor(statusCode / 100);
}

/** Either hangs up with the other. Neither side's later offers cross: they get 488. */
function couple(one: Session, other: Session): void {
  void one.terminated.then(() => other.bye());
  void other.terminated.then(() => one.bye());
}
