import { bodyParts, header, type SipResponse } from '@plugfest/sip';
import { type OutgoingSession, UserAgent } from '@plugfest/sip-node';
import type { EndpointContext, JoinTarget } from '../endpoint.ts';
import { dialectAfter } from './client-response.ts';
import type { Called, CallRefused, ClientSignalling } from './client-signalling.ts';
import { type IceCredentials, withIce } from './ice-part.ts';
import { formatOfferBody, type OfferBody } from './offer.ts';
import type { FederatedProfile } from './profile.ts';

const REGISTRATION_S = 7200;

/** A client that speaks SIP over TLS to its domain's front end. */
export class SipSignalling implements ClientSignalling {
  readonly #context: EndpointContext;
  readonly #profile: FederatedProfile;
  readonly #target: JoinTarget;
  readonly #agent: UserAgent;
  #session: OutgoingSession | undefined;

  private constructor(context: EndpointContext, profile: FederatedProfile, target: JoinTarget, agent: UserAgent) {
    this.#context = context;
    this.#profile = profile;
    this.#target = target;
    this.#agent = agent;
  }

  static async open(context: EndpointContext, profile: FederatedProfile, target: JoinTarget): Promise<SipSignalling> {
    const { plan, clock, random } = context;
    const agent = await UserAgent.open({
      clock,
      random,
      listen: [],
      aor: plan.uri,
      displayName: plan.name,
      userAgentHeader: profile.userAgent(plan.clientVersion ?? '0'),
      contactParameters: profile.contactParameters,
      allow: profile.allow.split(', '),
      tls: { ca: target.caPem },
      outboundProxy: `sip:${target.outboundProxy};transport=tls;lr`,
    });
    return new SipSignalling(context, profile, target, agent);
  }

  async call(sdp: string, credentials: readonly IceCredentials[]): Promise<Called> {
    const domain = this.#context.plan.uri.split('@')[1] ?? '';
    const registered = await this.#agent.register({ registrar: `sip:${domain}`, expiresS: REGISTRATION_S });
    if (registered.statusCode >= 300) return refusalOf(registered);
    const { random } = this.#context;
    let session = this.#invite(formatOfferBody(this.#profile, sdp, { random, credentials }));
    let outcome = await session.answered;
    const dialect = outcome.ok || credentials.length === 0 ? undefined : dialectAfter(outcome.response);
    if (dialect) {
      session = this.#invite({ contentType: 'application/sdp', body: withIce(sdp, dialect, credentials) });
      outcome = await session.answered;
    }
    // The far end may refresh the session: the same description answers it.
    session.onReinvite = () => ({ contentType: 'application/sdp', body: Buffer.from(sdp, 'latin1') });
    return outcome.ok ? { ok: true, answer: descriptionIn(outcome.response) } : refusalOf(outcome.response);
  }

  async offerAgain({ contentType, body }: OfferBody): Promise<CallRefused | undefined> {
    if (!this.#session) return undefined;
    const offer = { contentType, body: Buffer.from(body, 'latin1') };
    this.#session.onReinvite = () => offer;
    const response = await this.#session.reinvite(offer);
    return response.statusCode >= 300 ? refusalOf(response) : undefined;
  }

  async hangUp(): Promise<void> {
    await this.#session?.bye();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#agent[Symbol.asyncDispose]();
  }

  #invite({ contentType, body }: OfferBody): OutgoingSession {
    const { random, signal } = this.#context;
    const { conferenceUri } = this.#target;
    const conversation = this.#profile.namesConversation
      ? [
          ['Ms-Conversation-ID', Buffer.from(random.token(16), 'latin1').toString('base64')] as const,
          ['history-info', `<${conferenceUri}>;index=1`] as const,
        ]
      : [];
    const headers = [...this.#profile.inviteHeaders, ...conversation].map(([name, value]) => ({ name, value }));
    this.#session = this.#agent.invite(conferenceUri, {
      body: Buffer.from(body, 'latin1'),
      contentType,
      headers,
      signal,
    });
    return this.#session;
  }
}

function refusalOf(response: SipResponse): CallRefused {
  const { statusCode, reasonPhrase } = response;
  return { ok: false, statusCode, reasonPhrase, diagnostics: header(response, 'ms-diagnostics') ?? null };
}

function descriptionIn(response: SipResponse): string {
  const part = bodyParts(response).find(({ contentType }) => contentType.startsWith('application/sdp'));
  return Buffer.from(part?.body ?? []).toString('latin1');
}
