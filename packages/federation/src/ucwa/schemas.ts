import { z } from 'zod';

/** Lengths as the resources' own descriptions have them. */
const id = z.string().max(50);
const subject = z.string().max(250);
const address = z.string().max(450);
const held = z.object({ href: z.string().max(200_000) });

/** A request's members are known by their names with a small first letter; some clients write them with a large one. */
export function smallInitials(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [/^_/.test(name) ? name : lowered(name), value]),
  );
}

function lowered(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}

/** The states that a user may set; what servers make of idle machines is not among them. */
export const SETTABLE = ['Online', 'Busy', 'DoNotDisturb', 'BeRightBack', 'Away', 'Offwork'] as const;

/** What clients send. What is not named here is not looked at. */
export const REQUESTS = {
  application: z.object({
    userAgent: z.string().min(1).max(100),
    endpointId: z.string().min(1).max(100),
    culture: z.string().max(20).optional(),
  }),
  makeMeAvailable: z.object({
    signInAs: z.enum(SETTABLE).optional(),
    supportedModalities: z
      .array(z.enum(['Messaging', 'PhoneAudio', 'Audio', 'Video', 'AudioVideo']))
      .max(8)
      .optional(),
    supportedMessageFormats: z
      .array(z.enum(['Plain', 'Html']))
      .max(2)
      .optional(),
  }),
  presence: z.object({ availability: z.enum(SETTABLE).optional() }),
  note: z.object({ message: z.string().max(500) }),
  presenceSubscription: z.object({
    duration: z.number().int().min(10).max(30),
    uris: z.array(address).min(1).max(100),
  }),
  startMessaging: z.object({
    operationId: id.optional(),
    subject: subject.optional(),
    threadId: z.string().max(100).optional(),
    to: address,
    _links: z.object({ message: held.optional() }).optional(),
  }),
  startAudioVideo: z.object({
    operationId: id.optional(),
    subject: subject.optional(),
    threadId: z.string().max(100).optional(),
    sessionContext: id.optional(),
    to: address,
    _links: z.object({ mediaOffer: held }),
  }),
  joinOnlineMeeting: z.object({
    operationId: id.optional(),
    threadId: z.string().max(100).optional(),
    onlineMeetingUri: address,
  }),
  addAudioVideo: z.object({
    operationId: id.optional(),
    sessionContext: id.optional(),
    _links: z.object({ mediaOffer: held }),
  }),
  acceptWithAnswer: z.object({ _links: z.object({ mediaAnswer: held }) }),
  decline: z.object({ reason: z.enum(['Local', 'Global']).optional() }),
} as const;

/** What the client needs of what servers send. */
const link = z.object({ href: z.string().max(500_000) });
const links = z.record(z.string().max(50), z.union([link, z.array(link).max(200)]));
export const hal = z.looseObject({ _links: links });
export type Hal = z.infer<typeof hal>;

export const tokenReply = z.object({ access_token: z.string().max(4000), token_type: z.literal('Bearer') });

const event = z.looseObject({
  link: z.object({ rel: z.string().max(50), href: z.string().max(500) }),
  type: z.enum(['added', 'updated', 'deleted', 'started', 'completed']),
  status: z.enum(['Success', 'Failure']).optional(),
  reason: z
    .looseObject({ code: z.string().max(100), debugInfo: z.record(z.string().max(50), z.unknown()).optional() })
    .optional(),
  _embedded: z.record(z.string().max(50), hal).optional(),
});
export type SeenEvent = z.infer<typeof event>;

export const eventReply = z.looseObject({
  _links: z.object({ next: link.optional(), resync: link.optional() }),
  sender: z
    .array(z.looseObject({ rel: z.string().max(50), href: z.string().max(500), events: z.array(event).max(1000) }))
    .max(1000),
});
