import type { SipMessage, SipResponse } from '@plugfest/sip';
import { header } from '@plugfest/sip';
import type { EndpointContext, JoinOutcome } from '../endpoint.ts';
import { answeredCodecs } from '../webrtc/answered-codecs.ts';
import { refusalOf } from '../webrtc/refusal.ts';

/** What becomes of an endpoint's call, read off the messages that pass: nobody has to tell. */
export class CallWatch {
  /** Called once, when the call is answered. */
  onAnswered: () => void = () => {};
  /** Called once, when the conference has ended the call. */
  onHungUpOn: () => void = () => {};
  /** Resolves when the first INVITE is answered for good, by whomever it was sent. */
  readonly outcome: Promise<JoinOutcome>;
  readonly #context: EndpointContext;
  readonly #settled = Promise.withResolvers<JoinOutcome>();
  readonly #over = Promise.withResolvers<void>();
  #isAnswered = false;
  #isOver = false;

  constructor(context: EndpointContext) {
    this.#context = context;
    this.outcome = this.#settled.promise;
    // Who never joins never asks how it went.
    this.outcome.catch(() => {});
  }

  /** Resolves when either side has sent a BYE. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  take(message: SipMessage, from: 'program' | 'bridge'): void {
    if (message.kind === 'response') this.#takeResponse(message);
    else this.#takeRequest(message.method, from);
  }

  #takeRequest(method: string, from: 'program' | 'bridge'): void {
    if (method !== 'BYE' || this.#isOver) return;
    this.#isOver = true;
    this.#over.resolve();
    if (from === 'bridge') this.onHungUpOn();
  }

  fail(reason: Error): void {
    this.#settled.reject(reason);
  }

  #takeResponse(response: SipResponse): void {
    const { statusCode, reasonPhrase } = response;
    const isOfInvite = /\bINVITE\s*$/i.test(header(response, 'CSeq') ?? '');
    // A challenge is not the end: who can answer it calls again.
    if (!isOfInvite || statusCode < 200 || statusCode === 401 || statusCode === 407 || this.#isAnswered) return;
    this.#isAnswered = true;
    if (statusCode >= 300) {
      const diagnostics = header(response, 'ms-diagnostics') ?? null;
      this.#settled.resolve(refusalOf({ type: 'refused', statusCode, reasonPhrase, diagnostics }, this.#context));
      return;
    }
    const { audio: audioCodec, video: videoCodec } = answeredCodecs(response);
    this.onAnswered();
    this.#settled.resolve({ joined: true, audioCodec, videoCodec });
  }
}
