import type { Clock, Random } from '@plugfest/model';
import { headers, type SipBody, type SipHeader, type SipRequest } from '@plugfest/sip';
import { type IncomingSession, type OfferOutcome, type Session, type SipTap, UserAgent } from '@plugfest/sip-node';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { NextHop } from './edge-proxy.ts';
import { TRUST_HEADER } from './trust-header.ts';

export interface AvmcuOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  /** FQDN, in its certificate. */
  readonly name: string;
  /** On whose behalf the conference is held, as `user@domain`: part of its addresses. */
  readonly owner: string;
  /** The bridge that has the conference’s other home. */
  readonly bridge: NextHop;
  readonly tap: (name: string) => SipTap;
}

/** Lync's audio and video conferencing server as a dual-homed bridge knows it. */
export interface Avmcu extends AsyncDisposable {
  readonly addresses: UserAgent['addresses'];
}

/**
 * Takes the calls of Lync's side and calls the bridge once for each of them, from the conference's audio-video address (`opaque=app:conf:audio-video`), so that the
 * bridge knows which legs are the AVMCU's. It signals for its participants and leaves their media as they are: Lync 2013's AVMCU forwards video and does not compose
 * it. That each of its participants is a leg of its own at the bridge is a modelling choice. [M]
 * @see FEDERATION §1.5, §2
 */
export async function openAvmcu(options: AvmcuOptions): Promise<Avmcu> {
  await using opening = new AsyncDisposableStack();
  const { name, owner, authority, clock, random, bridge } = options;
  const identity = await authority.issue([name]);
  const ca = authority.certificate;
  const tls = { ...identity, ca, serverName: bridge.name };
  const id = random.token(16).toUpperCase();
  const focus = `sip:${owner};gruu;opaque=app:conf:audio-video:id:${id}`;
  const common = { clock, tls, contactUri: focus, tap: options.tap(name) };
  const server = opening.use(
    await UserAgent.open({
      ...common,
      random: random.fork('server'),
      listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca, requestCert: true } }],
      contactUri: undefined,
      aor: focus,
      userAgentHeader: AGENT,
    }),
  );
  server.onInvite = (call) => {
    void connect(call, `sip:${bridge.address};transport=tls;lr`, (aor, displayName) =>
      UserAgent.open({
        ...common,
        random: random.fork(call.callId),
        listen: [],
        aor,
        displayName,
        userAgentHeader: AGENT,
        sessionTimer: undefined,
      }),
    );
  };
  const opened = opening.move();
  return { addresses: server.addresses, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

const AGENT = 'RTCC/5.0.0.0 AV-MCU';
/** What an edge vouched for goes on to the bridge. */
const PASSED_ON = [TRUST_HEADER, 'Supported'];

/** One participant's call, carried on to the bridge on a dialog of its own, until either side ends it. */
async function connect(
  call: IncomingSession,
  route: string,
  openAgent: (aor: string, displayName: string) => Promise<UserAgent>,
): Promise<void> {
  await using agent = await openAgent(call.remoteUri, call.remoteDisplayName ?? '');
  if (call.state === 'terminated') return;
  const leg = agent.invite(call.request.uri, {
    route: [route],
    to: call.request.uri,
    headers: PASSED_ON.flatMap((name) => headers(call.request, name).map((value) => ({ name, value }))),
    ...bodyOf(call.request),
  });
  leg.onProgress = ({ statusCode, reasonPhrase }) => call.progress({ statusCode, reasonPhrase });
  void call.terminated.then(() => leg.bye());
  const { ok, response } = await leg.answered;
  if (!ok) {
    call.reject(response.statusCode, response.reasonPhrase, response.headers.filter(isDiagnostic));
    return;
  }
  couple(call, leg);
  call.accept(bodyOf(response));
  await Promise.race([call.terminated, leg.terminated]);
  await Promise.all([call.bye(), leg.bye()]);
}

/** Later offers and INFO of either side are the other's. */
function couple(call: Session, leg: Session): void {
  for (const [from, to] of [
    [call, leg],
    [leg, call],
  ] as const) {
    from.onReinvite = (offer) => offerTo(to, offer);
    from.onInfo = (request) => {
      void to.info(contentTypeOf(request.headers), request.body);
      return undefined;
    };
  }
}

async function offerTo(session: Session, offer: SipBody | null): Promise<OfferOutcome> {
  const response = await session.reinvite(offer);
  if (response.statusCode >= 300) return { statusCode: response.statusCode };
  return { contentType: contentTypeOf(response.headers), body: response.body };
}

function bodyOf({ headers: list, body }: Pick<SipRequest, 'headers' | 'body'>) {
  return body.length === 0 ? {} : { body, contentType: contentTypeOf(list) };
}

function contentTypeOf(list: readonly SipHeader[]): string {
  return list.find(({ name }) => /^(content-type|c)$/i.test(name))?.value ?? 'application/sdp';
}

function isDiagnostic({ name }: SipHeader): boolean {
  return /^(ms-diagnostics(-public)?|warning|retry-after)$/i.test(name);
}
