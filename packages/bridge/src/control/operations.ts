import type { z } from 'zod';
import { WHIP_OPERATIONS } from '../whip/whip-operations.ts';
import { bodies, replies } from './schemas.ts';

/** What one route takes and gives: requests and answers are checked against it, and `/openapi.json` is made of it. */
export interface Operation {
  readonly summary: string;
  /** None: only an empty body. */
  readonly body?: z.ZodType;
  /** None: 204. */
  readonly reply?: z.ZodType;
  /** Of an answer that is no JSON. */
  readonly mediaType?: string;
  /** What it takes that is no JSON. */
  readonly takes?: string;
  /** What may stand behind the path's question mark. */
  readonly query?: z.ZodObject;
  /** Of the good answer, where it is neither 200 with a body nor 204 without. */
  readonly status?: number;
  /** Whose token it needs, where there is one; that of who steers where absent. */
  readonly security?: 'whip' | 'none';
}

const PARTICIPANT_OPERATIONS: readonly (readonly [method: string, path: string, operation: Operation])[] = [
  ['GET', '', { summary: 'A participant with its seats and statistics', reply: replies.described }],
  ['PATCH', '', { summary: 'Changes what it is shown', body: bodies.view, reply: replies.participant }],
  ['POST', '/mute', { summary: 'Lets nobody hear it', reply: replies.participant }],
  ['POST', '/unmute', { summary: 'Lets the others hear it again', reply: replies.participant }],
  ['POST', '/present', { summary: 'Lets it show its slides' }],
  ['DELETE', '/present', { summary: 'Takes the floor from it' }],
  ['POST', '/transfer', { summary: 'Moves it', body: bodies.transfer, reply: replies.participant }],
  ['POST', '/dtmf', { summary: 'Presses keys for its peer', body: bodies.dtmf }],
  ['POST', '/drop', { summary: 'Hangs up on it' }],
  ['POST', '/sabotage', { summary: 'Breaks it on purpose', body: bodies.sabotage, reply: replies.participant }],
  ['DELETE', '/sabotage', { summary: 'Mends it', reply: replies.participant }],
];

/** By `METHOD /path`; `:x` stands for one segment. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['GET /openapi.json', { summary: 'This document', reply: replies.document }],
  [
    'GET /events',
    { summary: 'Server-sent events; `Last-Event-ID` goes on from there', mediaType: 'text/event-stream' },
  ],
  ['GET /statistics', { summary: 'What the bridge did so far and what it costs', reply: replies.statistics }],
  ['GET /conferences', { summary: 'All conferences', reply: replies.conferences }],
  ['POST /conferences', { summary: 'Makes one that stays', body: bodies.conference, reply: replies.conference }],
  ['GET /conferences/:c', { summary: 'A conference', reply: replies.conference }],
  ['PATCH /conferences/:c', { summary: 'Changes it', body: bodies.conferenceChange, reply: replies.conference }],
  ['DELETE /conferences/:c', { summary: 'Ends it' }],
  ['GET /conferences/:c/participants', { summary: 'Who is in it', reply: replies.participants }],
  ['GET /conferences/:c/views', { summary: 'Who is in which seat of whose view', reply: replies.views }],
  ['GET /conferences/:c/visitors', { summary: 'Who is at its door', reply: replies.visitors }],
  ['POST /conferences/:c/visitors/:v/admit', { summary: 'Lets somebody in' }],
  ['POST /conferences/:c/visitors/:v/refuse', { summary: 'Turns somebody away' }],
  ['POST /conferences/:c/dial-out', { summary: 'Calls somebody', body: bodies.dialOut, reply: replies.dialOut }],
  ['GET /conferences/:c/recording', { summary: 'The recording that runs', reply: replies.recording }],
  ['POST /conferences/:c/recording', { summary: 'Starts a recording', reply: replies.recording }],
  ['DELETE /conferences/:c/recording', { summary: 'Ends the recording', reply: replies.recorded }],
  ...PARTICIPANT_OPERATIONS.flatMap(([method, path, operation]): [string, Operation][] => [
    [`${method} /participants/:p${path}`, operation],
    [`${method} /conferences/:c/participants/:p${path}`, operation],
  ]),
  ...WHIP_OPERATIONS,
]);
