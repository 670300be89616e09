import { type Invited, UcwaClient } from '@plugfest/federation';
import type { EndpointContext, JoinTarget, WebSignIn } from '../endpoint.ts';
import type { Called, CallRefused, ClientSignalling } from './client-signalling.ts';
import type { IceCredentials } from './ice-part.ts';
import { formatOfferBody } from './offer.ts';
import type { FederatedProfile } from './profile.ts';

/** A phone that speaks HTTPS to its front end, which makes the SIP. @see FEDERATION §1.2 “Lync mobile” */
export class WebSignalling implements ClientSignalling {
  readonly #context: EndpointContext;
  readonly #profile: FederatedProfile;
  readonly #target: JoinTarget;
  readonly #web: WebSignIn;
  #client: UcwaClient | undefined;
  #called: Invited | undefined;

  constructor(context: EndpointContext, profile: FederatedProfile, target: JoinTarget, web: WebSignIn) {
    this.#context = context;
    this.#profile = profile;
    this.#target = target;
    this.#web = web;
  }

  async call(sdp: string, credentials: readonly IceCredentials[]): Promise<Called> {
    const { plan, clock, random } = this.#context;
    const { nameServer, password, through } = this.#web;
    // What the phone calls itself; the server puts its own name before it.
    const userAgent = this.#profile.userAgent(plan.clientVersion ?? '0').replace(/^UCWA\/\S+ /, '');
    this.#client = await UcwaClient.signIn({
      clock,
      address: plan.uri.replace(/^sips?:/, ''),
      password,
      caPem: this.#target.caPem ?? '',
      nameServer,
      through,
      userAgent,
      endpointId: random.token(16),
    });
    const { contentType, body } = formatOfferBody(this.#profile, sdp, { random, credentials });
    const called = await this.#client.call(this.#target.conferenceUri, { contentType, content: body });
    this.#called = called;
    if (called.ok) return { ok: true, answer: called.answer?.content ?? '' };
    const { statusCode, reasonPhrase, diagnostics = null } = called;
    return { ok: false, statusCode, reasonPhrase, diagnostics };
  }

  /** Phones have nothing to say again: their offers have no candidates. */
  async offerAgain(): Promise<CallRefused | undefined> {
    return undefined;
  }

  async hangUp(): Promise<void> {
    if (this.#called?.ok) await this.#client?.leave(this.#called.conversation);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.[Symbol.asyncDispose]();
  }
}
