import { resolve } from 'node:path';
import { findTool } from '@plugfest/host';
import type { z } from 'zod';
import type { Bridge } from '../bridge.ts';
import { type Conference, describe } from '../conference/conference.ts';
import type { Participant } from '../conference/participant.ts';
import { companionsOf } from '../conference/presence.ts';
import { mayBeCalled } from '../dial-out.ts';
import { openApiDocument } from './openapi.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { Problem } from './problem.ts';
import type { bodies } from './schemas.ts';
import { statisticsOf, statisticsOfParticipant } from './statistics.ts';

/** A body that was checked against its route's operation. */
type Body<Name extends keyof typeof bodies> = z.output<(typeof bodies)[Name]>;

/** Does what a request asks, its body having been checked; undefined is 204. @throws Problem */
export type Handler = (bridge: Bridge, parameters: readonly string[], body: unknown) => unknown;

interface Found {
  readonly conference: Conference;
  readonly participant: Participant;
}
type ParticipantHandler = (bridge: Bridge, found: Found, body: unknown) => unknown;

/** What can be done with one participant, wherever it is. */
const PARTICIPANT_ROUTES: readonly (readonly [method: string, path: string, handler: ParticipantHandler])[] = [
  ['GET', '', (bridge, found) => described(bridge, found)],
  ['PATCH', '', (_, found, body) => changeView(found, body)],
  ['POST', '/mute', (bridge, found) => mute(bridge, found, true)],
  ['POST', '/unmute', (bridge, found) => mute(bridge, found, false)],
  ['POST', '/present', (_, { conference, participant }) => present(conference, participant)],
  ['DELETE', '/present', (_, { conference, participant }) => conference.stopPresenting(participant)],
  ['POST', '/transfer', (bridge, found, body) => transfer(bridge, found, body)],
  ['POST', '/dtmf', (_, { participant }, body) => press(participant, body)],
  ['POST', '/drop', (_, found) => eachSession(found, ({ session }) => void session.bye())],
  ['POST', '/sabotage', (bridge, found, body) => sabotage(bridge, found, body)],
  ['DELETE', '/sabotage', (bridge, found) => mend(bridge, found)],
];

function press(participant: Participant, body: unknown): undefined {
  if (!participant.pressForPeer((body as Body<'dtmf'>).digits)) throw new Problem(409, 'the peer takes no keys');
}

/** Method, path and what they do. `:x` stands for one segment. */
const ROUTES: readonly (readonly [method: string, path: string, handler: Handler])[] = [
  ['GET', '/conferences', (bridge) => [...bridge.conferences.values()].map(describeConference)],
  ['POST', '/conferences', (bridge, _, body) => createConference(bridge, body)],
  ['GET', '/conferences/:c', (bridge, [id]) => describeConference(conferenceOf(bridge, id))],
  ['PATCH', '/conferences/:c', (bridge, [id], body) => changeConference(conferenceOf(bridge, id), body)],
  ['DELETE', '/conferences/:c', (bridge, [id]) => bridge.end(conferenceOf(bridge, id).id)],
  ['GET', '/conferences/:c/participants', (bridge, [id]) => participantsOf(conferenceOf(bridge, id))],
  ['GET', '/conferences/:c/views', (bridge, [id]) => viewsOf(conferenceOf(bridge, id))],
  ['GET', '/conferences/:c/visitors', (bridge, [id]) => visitorsOf(conferenceOf(bridge, id))],
  ['POST', '/conferences/:c/visitors/:v/admit', (bridge, [id, who]) => letIn(conferenceOf(bridge, id), who)],
  ['POST', '/conferences/:c/visitors/:v/refuse', (bridge, [id, who]) => turnAway(conferenceOf(bridge, id), who)],
  ['POST', '/conferences/:c/dial-out', (bridge, [id], body) => callOut(bridge, conferenceOf(bridge, id), body)],
  ['GET', '/conferences/:c/recording', (bridge, [id]) => recordingOf(conferenceOf(bridge, id))],
  ['POST', '/conferences/:c/recording', (bridge, [id]) => record(bridge, conferenceOf(bridge, id))],
  ['DELETE', '/conferences/:c/recording', (bridge, [id]) => stopRecording(conferenceOf(bridge, id))],
  [
    'GET',
    '/openapi.json',
    ({ config }) => openApiDocument(config.controlToken !== undefined, config.whip.token !== undefined),
  ],
  ['GET', '/statistics', (bridge) => statisticsOf(bridge)],
  ...PARTICIPANT_ROUTES.flatMap(([method, path, handler]): (readonly [string, string, Handler])[] => [
    [method, `/participants/:p${path}`, (bridge, [id], body) => handler(bridge, participantOf(bridge, id), body)],
    [
      method,
      `/conferences/:c/participants/:p${path}`,
      (bridge, [conference, id], body) => handler(bridge, participantOf(bridge, id, conference), body),
    ],
  ]),
];

/** All but `GET /events`, which is no request for an answer. */
export const ROUTE_NAMES: readonly string[] = ROUTES.map(([method, path]) => `${method} ${path}`);

export interface Route {
  readonly handler: Handler;
  readonly parameters: readonly string[];
  readonly operation: Operation;
}

/** @throws Problem 404, or 405 where the path is known under another method; 400 for a path that cannot be decoded */
export function routeOf(method: string, path: string): Route {
  const segments = path.split('/').map(decodeSegment);
  const fitting = ROUTES.filter(([, pattern]) => fits(pattern.split('/'), segments));
  if (fitting.length === 0) throw new Problem(404, `nothing at ${path}`);
  const route = fitting.find(([routeMethod]) => routeMethod === method);
  const operation = route && OPERATIONS.get(`${route[0]} ${route[1]}`);
  if (!operation) {
    throw new Problem(405, `no ${method} here`, { allow: fitting.map(([allowed]) => allowed).join(', ') });
  }
  const parts = route[1].split('/');
  return { handler: route[2], operation, parameters: segments.filter((_, at) => parts[at]?.startsWith(':')) };
}

function fits(parts: readonly string[], segments: readonly string[]): boolean {
  return parts.length === segments.length && parts.every((part, at) => part.startsWith(':') || part === segments[at]);
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem(400, 'a path that cannot be decoded');
  }
}

function conferenceOf(bridge: Bridge, id = ''): Conference {
  const conference = bridge.conferences.get(id);
  if (!conference) throw new Problem(404, `no conference “${id}”`);
  return conference;
}

function participantOf(bridge: Bridge, id = '', conferenceId?: string): Found {
  const among = conferenceId === undefined ? bridge.conferences.values() : [conferenceOf(bridge, conferenceId)];
  for (const conference of among) {
    const participant = conference.participants.get(id);
    if (participant) return { conference, participant };
  }
  throw new Problem(404, `no participant “${id}”`);
}

function createConference(bridge: Bridge, body: unknown): unknown {
  const { id, ...settings } = body as Body<'conference'>;
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
  const conference = bridge.conference(id, given);
  if (!conference) throw new Problem(503, 'too many conferences');
  return describeConference(conference);
}

function changeConference(conference: Conference, body: unknown): unknown {
  const { layout, spotlight, access } = body as Body<'conferenceChange'>;
  const stranger = spotlight?.find((id) => !conference.participants.has(id));
  if (stranger !== undefined) throw new Problem(422, `no participant “${stranger}” to put into the spotlight`);
  if (layout !== undefined) conference.setLayout(layout);
  if (spotlight !== undefined) conference.setSpotlight(spotlight);
  if (access !== undefined) conference.setAccess(access);
  return describeConference(conference);
}

function changeView({ conference, participant }: Found, body: unknown): unknown {
  conference.setView(participant, body as Body<'view'>);
  return describe(participant);
}

function present(conference: Conference, participant: Participant): void {
  if (!participant.slides) throw new Problem(409, 'this participant has no second stream');
  conference.letPresent(participant);
}

/** Into another conference, which is made where there is none of that name. */
function transfer(bridge: Bridge, { conference: from, participant }: Found, body: unknown): unknown {
  const { conference } = body as Body<'transfer'>;
  const sessions = companionsOf(participant, from.participants);
  const isMoved = sessions.map(({ id }) => bridge.transfer(id, conference));
  if (isMoved.includes(false)) throw new Problem(409, `cannot be moved to “${conference}”`);
  return describe(participant);
}

function callOut(bridge: Bridge, conference: Conference, body: unknown): unknown {
  const { uri, displayName, lateOffer } = body as Body<'dialOut'>;
  if (!mayBeCalled(uri, bridge.config.dialOut.hosts)) throw new Problem(403, 'this bridge may not call there');
  const participant = bridge.dialOut(conference, uri, { displayName, lateOffer });
  if (participant === undefined) throw new Problem(503, 'too many participants');
  return { participant, uri };
}

function visitorsOf(conference: Conference): unknown[] {
  return [...conference.visitors.values()].map(({ participant, stage, role, wrongPins }) => {
    const { id, uri, displayName } = participant;
    return { id, uri, displayName, waitsFor: stage, role, wrongPins };
  });
}

function letIn(conference: Conference, id = ''): void {
  if (!conference.letIn(id)) throw new Problem(404, `nobody “${id}” at the door`);
}

function turnAway(conference: Conference, id = ''): void {
  if (!conference.turnAway(id)) throw new Problem(404, `nobody “${id}” at the door`);
}

async function record(bridge: Bridge, conference: Conference): Promise<unknown> {
  const directory = bridge.config.recordings;
  if (directory === undefined) throw new Problem(409, 'this bridge has no directory for recordings');
  const ffmpeg = await findTool('ffmpeg');
  if (!ffmpeg.found) throw new Problem(501, `no recording without ffmpeg: ${ffmpeg.reason}; ${ffmpeg.fix}`);
  if (conference.participants.size === 0) throw new Problem(409, 'nobody is there to be recorded');
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '');
  const file = resolve(directory, `${conference.id}-${stamp}-${bridge.newName()}.mkv`);
  if (!conference.startRecording(ffmpeg.path, file)) throw new Problem(409, 'this conference is being recorded');
  return recordingOf(conference);
}

function recordingOf(conference: Conference): unknown {
  const { file, startedUs } = conference.recording ?? {};
  return { file: file ?? null, startedUs: startedUs ?? null };
}

async function stopRecording(conference: Conference): Promise<unknown> {
  const end = await conference.stopRecording();
  if (!end) throw new Problem(409, 'this conference is not being recorded');
  return end;
}

function mute(bridge: Bridge, found: Found, muted: boolean): unknown {
  eachSession(found, (session) => {
    session.muted = muted;
  });
  return changed(bridge, found);
}

/** What is done to somebody is done to all sessions of that person. */
function eachSession({ conference, participant }: Found, act: (session: Participant) => void): void {
  for (const session of companionsOf(participant, conference.participants)) act(session);
}

function sabotage(bridge: Bridge, found: Found, body: unknown): unknown {
  if (!bridge.config.sabotage) throw new Problem(403, 'this bridge was not started for sabotage');
  const { kind } = body as Body<'sabotage'>;
  eachSession(found, ({ sabotages }) => sabotages.add(kind));
  return changed(bridge, found);
}

function mend(bridge: Bridge, found: Found): unknown {
  eachSession(found, ({ sabotages }) => sabotages.clear());
  return changed(bridge, found);
}

function changed(bridge: Bridge, { conference, participant }: Found): unknown {
  for (const session of companionsOf(participant, conference.participants)) {
    bridge.events.emit('participant.changed', { conference: conference.id, participant: describe(session) });
  }
  return describe(participant);
}

function described(bridge: Bridge, { conference, participant }: Found): unknown {
  return {
    ...describe(participant),
    conference: conference.id,
    seats: conference.seatsFor(participant.id),
    statistics: statisticsOfParticipant(participant, bridge.nowUs),
  };
}

export function describeConference(conference: Conference): unknown {
  return {
    id: conference.id,
    ...conference.settings,
    speaker: conference.speaker ?? null,
    spotlight: conference.spotlight,
    presenter: conference.presenter?.id ?? null,
    participants: participantsOf(conference),
    visitors: visitorsOf(conference),
  };
}

function participantsOf(conference: Conference): unknown[] {
  return [...conference.participants.values()].map((participant) => ({
    ...describe(participant),
    seats: conference.seatsFor(participant.id),
  }));
}

/** For each viewer who is in which seat: what the event `view.changed` said last. */
function viewsOf(conference: Conference): unknown[] {
  return [...conference.participants.values()].flatMap((participant) => {
    const view = conference.viewOf(participant);
    if (!view) return [];
    const { layout, seats, format } = view;
    return [{ viewer: participant.id, layout, width: format.width, height: format.height, seats }];
  });
}
