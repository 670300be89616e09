import { z } from 'zod';
import { LEG_CLASSES } from '../admission/leg-class.ts';
import { ACCESS_MODES } from '../conference/door.ts';
import { BRIDGE_SABOTAGES } from '../conference/participant.ts';
import { conferenceSettingsSchema } from '../config.ts';

const layoutName = conferenceSettingsSchema.shape.layout.unwrap();
const conferenceId = z.string().regex(/^[\w.-]{1,64}$/);

/** Bodies of requests: a member that is not named here is refused. */
export const bodies = {
  conference: z.strictObject({ ...conferenceSettingsSchema.shape, id: conferenceId }),
  conferenceChange: z.strictObject({
    layout: layoutName.optional(),
    spotlight: z.array(z.string()).max(25).optional(),
    access: z.enum(ACCESS_MODES).optional(),
  }),
  view: z.strictObject({ layout: layoutName.nullable().optional(), selfView: z.boolean().optional() }),
  transfer: z.strictObject({ conference: conferenceId }),
  dialOut: z.strictObject({
    uri: z.string().max(300),
    displayName: z.string().max(120).optional(),
    lateOffer: z.boolean().optional(),
  }),
  dtmf: z.strictObject({ digits: z.string().regex(/^[0-9*#A-Da-d]{1,32}$/) }),
  sabotage: z.strictObject({ kind: z.enum(BRIDGE_SABOTAGES) }),
};

const participant = z.looseObject({
  id: z.string(),
  uri: z.string(),
  displayName: z.string(),
  legClass: z.enum(LEG_CLASSES),
  muted: z.boolean(),
  codecs: z.looseObject({ audio: z.string().nullable(), video: z.string().nullable() }),
  security: z.enum(['none', 'sdes', 'dtls-srtp']),
  sabotages: z.array(z.enum(BRIDGE_SABOTAGES)),
});
const seats = z.array(z.string().nullable());
const seated = participant.extend({ seats });
const visitor = z.looseObject({ id: z.string(), uri: z.string(), displayName: z.string() });
const streams = z.looseObject({ sent: z.looseObject({}), received: z.looseObject({}).nullable() }).nullable();
const statistics = z.looseObject({ audio: streams, video: streams });
const conference = z.looseObject({
  id: z.string(),
  layout: layoutName,
  width: z.number(),
  height: z.number(),
  frameRate: z.number(),
  bitrateBps: z.number(),
  speaker: z.string().nullable(),
  spotlight: z.array(z.string()),
  presenter: z.string().nullable(),
  participants: z.array(seated),
  visitors: z.array(visitor),
});

/** Bodies of answers. They may grow: who reads them is to ignore what it does not know. */
export const replies = {
  conference,
  conferences: z.array(conference),
  participant,
  participants: z.array(seated),
  described: seated.extend({ conference: z.string(), statistics }),
  views: z.array(z.object({ viewer: z.string(), layout: layoutName, width: z.number(), height: z.number(), seats })),
  visitors: z.array(visitor),
  dialOut: z.object({ participant: z.string(), uri: z.string() }),
  recording: z.object({ file: z.string().nullable(), startedUs: z.number().nullable() }),
  recorded: z.looseObject({}),
  statistics: z.looseObject({
    cpuMs: z.number(),
    uptimeMs: z.number(),
    rssBytes: z.number(),
    stagesMs: z.looseObject({}),
    participants: z.array(statistics.extend({ id: z.string(), conference: z.string() })),
  }),
  document: z.looseObject({ openapi: z.string() }),
};

/** @see RFC 9457 §3.1 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int().min(400).max(599),
  detail: z.string(),
});
