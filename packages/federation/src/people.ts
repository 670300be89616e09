import type { Clock, Random } from '@plugfest/model';
import { header, type SipResponse } from '@plugfest/sip';
import { type EventPackage, UserAgent } from '@plugfest/sip-node';
import type { CertificateAuthority } from './certificate-authority.ts';
import { openEdge, type PolicyDecision, type ProxyContext, ruleNamedIn } from './edge-proxy.ts';
import { openFrontEnd } from './front-end.ts';
import type { HopNames } from './hop-names.ts';
import { type FederationPolicy, isPresenceShown, type Service } from './policy.ts';

export interface PeopleOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly policy: FederationPolicy;
  /** `user@domain` of the public provider, who asks. */
  readonly caller: string;
  /** SIP domain of those who are asked. */
  readonly domain: string;
  /** Versions of the caller's client. */
  readonly clientVersions: readonly string[];
  readonly names: HopNames;
  readonly onSip: Parameters<HopNames['tapOf']>[2];
  readonly onDecision: (decision: PolicyDecision) => void;
}

/** What came of asking. */
export interface Asked {
  readonly statusCode: number;
  /** Of a refusal: our rule's name in its `ms-diagnostics`. */
  readonly rule: string | null;
  readonly diagnostics: string | null;
  /** Of presence that was not refused: whether the first NOTIFY brought any. */
  readonly isShown?: boolean;
}

/** A provider's client on one side, an enterprise's people on the other, and the edges between them. */
export interface People extends AsyncDisposable {
  /** Asks a person for something, with that version of the client. */
  ask(service: Service, callee: string, clientVersion: string): Promise<Asked>;
}

const PRESENCE = 'application/msrtc-event-categories+xml';
/** Signalling is all that is looked at: neither side ever sends. */
const SOUND =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 9\r\na=inactive\r\n';
const SERVICE_BODIES = {
  audio: SOUND,
  video: `${SOUND}m=video 9 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=inactive\r\n`,
};

/** Provider's front end → provider's edge → enterprise's edge, where the policy decides → the pool that answers for its people. @see FEDERATION §2 */
export async function openPeople(options: PeopleOptions): Promise<People> {
  await using opening = new AsyncDisposableStack();
  const { names, policy, domain } = options;
  const providerDomain = options.caller.split('@')[1] ?? '';
  const context = (name: string): ProxyContext => ({
    clock: options.clock,
    random: options.random.fork(name),
    authority: options.authority,
    tap: (proxy) => names.tapOf(proxy, '', options.onSip),
  });
  const pool = opening.use(await openPool(options));
  const hop = (name: string, { addresses }: Pick<UserAgent, 'addresses'>) => {
    const { host, port } = addresses[0] ?? { host: '', port: 0 };
    names.listens(name, `${host}:${port}`);
    return { name, address: `${host}:${port}` };
  };
  const provider = `sip.${providerDomain}`;
  const admission = { policy, publicProviderEdges: [provider], onDecision: options.onDecision };
  const inner = hop(`pool.${domain}`, pool);
  const edge = opening.use(
    await openEdge({ ...context(`sip.${domain}`), name: `sip.${domain}`, next: inner, admission }),
  );
  const outer = opening.use(await openEdge({ ...context(provider), name: provider, next: hop(`sip.${domain}`, edge) }));
  const frontName = `pool.${providerDomain}`;
  const front = opening.use(
    await openFrontEnd({ ...context(frontName), name: frontName, domain: providerDomain, next: hop(provider, outer) }),
  );
  const entry = hop(frontName, front).address;
  const clients = new Map<string, UserAgent>();
  for (const version of options.clientVersions)
    clients.set(version, opening.use(await openClient(options, entry, version)));
  const opened = opening.move();
  return {
    async ask(service, callee, clientVersion) {
      const client = clients.get(clientVersion);
      if (!client) throw new RangeError(`no client of version ${clientVersion}`);
      return service === 'presence' ? askPresence(client, callee) : askForTalk(client, service, callee);
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Answers for everybody of the enterprise: takes every call and message, and shows presence as far as the person's containers let it. */
async function openPool({ clock, random, authority, domain, policy }: PeopleOptions): Promise<UserAgent> {
  const identity = await authority.issue([`pool.${domain}`]);
  const ca = authority.certificate;
  const pool = await UserAgent.open({
    clock,
    random: random.fork('pool'),
    listen: [{ transport: 'tls', host: '127.0.0.1', tls: { ...identity, ca, requestCert: true } }],
    tls: { ...identity, ca },
    aor: `sip:pool@${domain}`,
    userAgentHeader: 'RTC/5.0',
  });
  pool.onInvite = (call) => {
    const isVideo = Buffer.from(call.request.body).toString('latin1').includes('m=video');
    call.accept({ body: Buffer.from(SERVICE_BODIES[isVideo ? 'video' : 'audio']) });
  };
  pool.onRequest = ({ method }) => (method === 'MESSAGE' ? { statusCode: 200 } : undefined);
  pool.serve(presenceOf(domain, policy));
  return pool;
}

/** What is blocked is not refused but left out: the subscriber is told nothing, politely. [M] */
function presenceOf(domain: string, policy: FederationPolicy): EventPackage {
  return {
    name: 'presence',
    mediaTypes: [PRESENCE],
    defaultExpiresS: 3600,
    maxExpiresS: 7200,
    onSubscribe: () => undefined,
    stateFor({ resource, subscriberUri }) {
      const [callee, caller] = [`${resource}@${domain}`, subscriberUri.replace(/^sips?:/, '')];
      const client = { product: 'Skype', version: '0' };
      const facts = { service: 'presence', caller, callee, fromPublicProvider: true, client } as const;
      if (!isPresenceShown(facts, policy)) return undefined;
      const xml = `<categories xmlns="http://schemas.microsoft.com/2006/09/sip/categories" uri="sip:${callee}"><category name="state"><availability>3500</availability></category></categories>`;
      return { contentType: PRESENCE, body: Buffer.from(xml) };
    },
  };
}

function openClient(
  { clock, random, authority, caller }: PeopleOptions,
  entry: string,
  version: string,
): Promise<UserAgent> {
  return UserAgent.open({
    clock,
    random: random.fork(`client ${version}`),
    listen: [],
    aor: `sip:${caller}`,
    userAgentHeader: `SkypeLyncGateway/2.0 Skype/${version} (Windows desktop)`,
    tls: { ca: authority.certificate },
    outboundProxy: `sip:${entry};transport=tls;lr`,
  });
}

async function askForTalk(client: UserAgent, service: 'im' | 'audio' | 'video', callee: string): Promise<Asked> {
  if (service === 'im') {
    const body = { contentType: 'text/plain', body: Buffer.from('hello') };
    return outcomeOf(await client.request('MESSAGE', `sip:${callee}`, { body }));
  }
  const session = client.invite(`sip:${callee}`, { body: Buffer.from(SERVICE_BODIES[service]) });
  const { ok, response } = await session.answered;
  if (ok) await session.bye();
  return outcomeOf(response);
}

async function askPresence(client: UserAgent, callee: string): Promise<Asked> {
  const { promise: told, resolve } = Promise.withResolvers<boolean>();
  const subscription = await client.subscribe(`sip:${callee}`, { event: 'presence', expiresS: 60, accept: [PRESENCE] });
  subscription.onNotify = ({ body }) => resolve(body.length > 0);
  const response = await subscription.answered;
  if (response.statusCode >= 300) return outcomeOf(response);
  const isShown = await Promise.race([told, subscription.terminated.then(() => false)]);
  subscription.unsubscribe();
  await subscription.terminated;
  return { ...outcomeOf(response), isShown };
}

function outcomeOf(response: SipResponse): Asked {
  const { statusCode } = response;
  return { statusCode, rule: ruleNamedIn(response), diagnostics: header(response, 'ms-diagnostics') ?? null };
}
