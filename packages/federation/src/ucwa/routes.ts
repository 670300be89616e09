import type { z } from 'zod';
import type { Application } from './application.ts';
import { heldBy, type StartRequest } from './communication.ts';
import type { HeldContent } from './data-link.ts';
import { type HalResource, problem, type UcwaProblem } from './hal.ts';
import { REQUESTS } from './schemas.ts';
import { conversationResource, invitationResource, modalityResource } from './talk-resources.ts';

/** What comes back for a request. */
export interface Reply {
  readonly status: number;
  readonly body?: HalResource | Readonly<Record<string, unknown>> | undefined;
  readonly location?: string | undefined;
}

export interface RouteRequest {
  readonly application: Application;
  /** What the path names. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Of the schema that the route names; of others the text and its type. */
  readonly body: unknown;
}

interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Under the application's address; `{}` is one segment. */
  readonly path: string;
  readonly schema?: z.ZodType;
  readonly handle: (request: RouteRequest) => Reply | UcwaProblem | Promise<Reply | UcwaProblem>;
}

const DEFAULT_TIMEOUT_S = 180;
const MAX_TIMEOUT_S = 1800;
const NO_CONTENT: Reply = { status: 204 };

const found = (body: HalResource | undefined): Reply | UcwaProblem =>
  body ? { status: 200, body } : problem(404, 'no such resource');
const done = (sipStatus: number): Reply | UcwaProblem =>
  sipStatus < 300 ? NO_CONTENT : problem(sipStatus === 403 ? 403 : 500, `the front end said ${sipStatus}`);
const made = (location: string | undefined): Reply | UcwaProblem =>
  location === undefined ? problem(409, 'it cannot be begun now') : { status: 201, location };

/** All that an application's address leads to. @see UCWA, “Resources”; which of them are here is [M] */
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '', handle: ({ application }) => ({ status: 200, body: application.resource() }) },
  { method: 'POST', path: '/reportMyActivity', handle: () => NO_CONTENT },
  { method: 'GET', path: '/events', handle: poll },
  { method: 'GET', path: '/me', handle: ({ application }) => ({ status: 200, body: application.me() }) },
  { method: 'POST', path: '/me/makeMeAvailable', schema: REQUESTS.makeMeAvailable, handle: makeAvailable },
  {
    method: 'GET',
    path: '/me/presence',
    handle: ({ application }) => available(application, () => application.presence()),
  },
  { method: 'POST', path: '/me/presence', schema: REQUESTS.presence, handle: setPresence },
  { method: 'GET', path: '/me/note', handle: ({ application }) => available(application, () => application.note()) },
  { method: 'POST', path: '/me/note', schema: REQUESTS.note, handle: setNote },
  { method: 'DELETE', path: '/me/note', handle: async ({ application }) => done(await application.setNote(undefined)) },
  { method: 'GET', path: '/people', handle: ({ application }) => ({ status: 200, body: application.people() }) },
  { method: 'POST', path: '/people/presenceSubscriptions', schema: REQUESTS.presenceSubscription, handle: subscribe },
  {
    method: 'GET',
    path: '/people/presenceSubscriptions/{}',
    handle: ({ application, id }) => found(application.subscription(id)),
  },
  { method: 'DELETE', path: '/people/presenceSubscriptions/{}', handle: unsubscribe },
  { method: 'GET', path: '/people/{}', handle: ({ application, id }) => found(application.contact(id)) },
  {
    method: 'GET',
    path: '/people/{}/presence',
    handle: ({ application, id }) => found(application.contactPresence(id)),
  },
  { method: 'GET', path: '/people/{}/note', handle: ({ application, id }) => found(application.contactNote(id)) },
  { method: 'GET', path: '/communication', handle: ({ application }) => found(application.communication.resource()) },
  {
    method: 'GET',
    path: '/communication/conversations',
    handle: ({ application }) => found(application.communication.conversations()),
  },
  { method: 'POST', path: '/communication/startMessaging', schema: REQUESTS.startMessaging, handle: startMessaging },
  ...['startAudioVideo', 'startAudio', 'startVideo'].map(
    (name): Route => ({
      method: 'POST',
      path: `/communication/${name}`,
      schema: REQUESTS.startAudioVideo,
      handle: startCall,
    }),
  ),
  { method: 'POST', path: '/communication/joinOnlineMeeting', schema: REQUESTS.joinOnlineMeeting, handle: joinMeeting },
  { method: 'GET', path: '/communication/conversations/{}', handle: conversation },
  { method: 'DELETE', path: '/communication/conversations/{}', handle: leave },
  ...(['messaging', 'audioVideo'] as const).flatMap((modality): Route[] => [
    {
      method: 'GET',
      path: `/communication/conversations/{}/${modality}`,
      handle: ({ application: { communication }, id }) => {
        const known = communication.conversation(id);
        return found(known && modalityResource(known, modality));
      },
    },
    {
      method: 'POST',
      path: `/communication/conversations/{}/${modality}/terminate`,
      handle: async ({ application: { communication }, id }) => {
        const known = communication.conversation(id);
        if (!known) return problem(404, 'no such conversation');
        await known.terminate(modality);
        return NO_CONTENT;
      },
    },
  ]),
  { method: 'POST', path: '/communication/conversations/{}/messaging/messages', handle: write },
  {
    method: 'POST',
    path: '/communication/conversations/{}/audioVideo/addAudioVideo',
    schema: REQUESTS.addAudioVideo,
    handle: addCall,
  },
  ...['messagingInvitation', 'audioVideoInvitation', 'onlineMeetingInvitation'].map(
    (kind): Route => ({ method: 'GET', path: `/communication/${kind}s/{}`, handle: invitation }),
  ),
  { method: 'POST', path: '/communication/messagingInvitations/{}/accept', handle: (request) => answer(request) },
  {
    method: 'POST',
    path: '/communication/audioVideoInvitations/{}/acceptWithAnswer',
    schema: REQUESTS.acceptWithAnswer,
    handle: (request) => {
      const { _links } = request.body as z.infer<typeof REQUESTS.acceptWithAnswer>;
      const held = heldBy(_links.mediaAnswer);
      return held ? answer(request, held) : problem(400, 'the answer is no data link');
    },
  },
  ...['messagingInvitation', 'audioVideoInvitation'].map(
    (kind): Route => ({
      method: 'POST',
      path: `/communication/${kind}s/{}/decline`,
      schema: REQUESTS.decline,
      handle: decline,
    }),
  ),
];

/** The route of a path under an application's address, and what the path names; `methods` where only others are there. */
export function routeOf(
  method: string,
  path: string,
): { readonly route: Route; readonly id: string } | { readonly methods: readonly string[] } {
  const segments = path.split('/');
  const fits = ROUTES.filter((route) => {
    const wanted = route.path.split('/');
    return wanted.length === segments.length && wanted.every((part, at) => part === '{}' || part === segments[at]);
  });
  // What is named in full comes before what stands for a name.
  const [route] = fits
    .filter((each) => each.method === method)
    .sort((a, b) => a.path.split('{}').length - b.path.split('{}').length);
  if (!route) return { methods: fits.map((each) => each.method) };
  return { route, id: unescaped(segments[route.path.split('/').indexOf('{}')] ?? '') };
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

async function poll({ application, query }: RouteRequest): Promise<Reply | UcwaProblem> {
  const asked = Number(query.get('timeout') ?? DEFAULT_TIMEOUT_S);
  const seconds = asked > 0 ? Math.min(asked, MAX_TIMEOUT_S) : DEFAULT_TIMEOUT_S;
  const { status, body } = await application.channel.poll(Number(query.get('ack') ?? Number.NaN), seconds * 1000);
  if (status === 409) return problem(409, 'another GET took its place', 'PGetReplaced');
  return status === 404 ? problem(404, 'no such answer', 'ApplicationNotFound') : { status: 200, body };
}

/** What a user has only once he is available. */
function available(application: Application, of: () => HalResource): Reply | UcwaProblem {
  return application.isAvailable ? found(of()) : problem(409, 'first makeMeAvailable', 'MakeMeAvailableRequired');
}

async function makeAvailable({ application, body }: RouteRequest): Promise<Reply | UcwaProblem> {
  const { signInAs = 'Online' } = body as z.infer<typeof REQUESTS.makeMeAvailable>;
  return done(await application.makeAvailable(signInAs));
}

async function setPresence({ application, body }: RouteRequest): Promise<Reply | UcwaProblem> {
  if (!application.isAvailable) return problem(409, 'first makeMeAvailable', 'MakeMeAvailableRequired');
  return done(await application.setPresence((body as z.infer<typeof REQUESTS.presence>).availability));
}

async function setNote({ application, body }: RouteRequest): Promise<Reply | UcwaProblem> {
  if (!application.isAvailable) return problem(409, 'first makeMeAvailable', 'MakeMeAvailableRequired');
  return done(await application.setNote((body as z.infer<typeof REQUESTS.note>).message));
}

function subscribe({ application, body }: RouteRequest): Reply | UcwaProblem {
  const made = application.subscribe((body as z.infer<typeof REQUESTS.presenceSubscription>).uris);
  return made
    ? { status: 201, body: made, location: (made._links.self as { href: string }).href }
    : problem(400, 'nobody can be watched so');
}

function unsubscribe({ application, id }: RouteRequest): Reply | UcwaProblem {
  return application.unsubscribe(id) ? NO_CONTENT : problem(404, 'no such subscription');
}

function startMessaging({ application, body }: RouteRequest): Reply | UcwaProblem {
  const { _links, ...request } = body as z.infer<typeof REQUESTS.startMessaging>;
  return made(application.communication.startMessaging(request, heldBy(_links?.message)));
}

function startCall({ application, body }: RouteRequest): Reply | UcwaProblem {
  const { _links, ...request } = body as z.infer<typeof REQUESTS.startAudioVideo>;
  const offer = heldBy(_links.mediaOffer);
  return offer
    ? made(application.communication.startAudioVideo(request, offer))
    : problem(400, 'the offer is no data link');
}

function joinMeeting({ application, body }: RouteRequest): Reply | UcwaProblem {
  const { onlineMeetingUri, ...request } = body as z.infer<typeof REQUESTS.joinOnlineMeeting>;
  const start: StartRequest = { ...request, to: onlineMeetingUri };
  return made(application.communication.joinOnlineMeeting(start));
}

function addCall({ application: { communication }, id, body }: RouteRequest): Reply | UcwaProblem {
  const { _links, operationId } = body as z.infer<typeof REQUESTS.addAudioVideo>;
  const known = communication.conversation(id);
  const offer = heldBy(_links.mediaOffer);
  if (!known) return problem(404, 'no such conversation');
  return offer
    ? made(communication.addAudioVideo(known, offer, operationId))
    : problem(400, 'the offer is no data link');
}

function conversation({ application: { communication }, id }: RouteRequest): Reply | UcwaProblem {
  const known = communication.conversation(id);
  return found(known && conversationResource(known));
}

async function leave({ application: { communication }, id }: RouteRequest): Promise<Reply | UcwaProblem> {
  const known = communication.conversation(id);
  if (!known) return problem(404, 'no such conversation');
  await known.close();
  return NO_CONTENT;
}

/** What is written is the body itself. */
async function write({ application: { communication }, id, body }: RouteRequest): Promise<Reply | UcwaProblem> {
  const known = communication.conversation(id);
  if (!known) return problem(404, 'no such conversation');
  if (known.stateOf('messaging') !== 'Connected') return problem(409, 'messaging is not connected');
  const text = body as HeldContent | undefined;
  if (!text?.contentType.toLowerCase().startsWith('text/')) return problem(415, 'text is written here');
  return made(await communication.write(known, text));
}

function invitation({ application: { communication }, id }: RouteRequest): Reply | UcwaProblem {
  const known = communication.invitation(id);
  return found(known && invitationResource(known));
}

function answer({ application: { communication }, id }: RouteRequest, held?: HeldContent): Reply | UcwaProblem {
  const known = communication.invitation(id);
  if (known?.session === undefined) return problem(404, 'no such invitation');
  if (known.state !== 'Connecting') return problem(409, 'it is over');
  communication.accept(known, held);
  return NO_CONTENT;
}

function decline({ application: { communication }, id, body }: RouteRequest): Reply | UcwaProblem {
  const known = communication.invitation(id);
  if (known?.session === undefined) return problem(404, 'no such invitation');
  if (known.state !== 'Connecting') return problem(409, 'it is over');
  communication.decline(known, (body as z.infer<typeof REQUESTS.decline>).reason === 'Global');
  return NO_CONTENT;
}
