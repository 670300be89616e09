import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { Problem } from '../control/problem.ts';
import type { WhipArrival } from './whip-arrival.ts';
import type { WhipPath } from './whip-paths.ts';

/** What the endpoint's URL may say of who comes: WHIP itself has no word for it. */
export const arrivalQuerySchema = z.object({
  /** A name in the bridge's domain, or one with a domain of its own. */
  user: z
    .string()
    .regex(/^[\w.+-]{1,64}(@[\w.-]{1,255})?$/)
    .optional(),
  name: z.string().min(1).max(120).optional(),
  pin: z
    .string()
    .regex(/^\d{1,16}$/)
    .optional(),
});

/** Who comes, by a POST to an endpoint. @throws Problem 400 */
export function arrivalOf(path: WhipPath, request: IncomingMessage, body: Buffer, domain: string): WhipArrival {
  const query = Object.fromEntries(new URLSearchParams((request.url ?? '').split('?')[1] ?? ''));
  const parsed = arrivalQuerySchema.safeParse(query);
  if (!parsed.success) throw new Problem(400, z.prettifyError(parsed.error));
  const { user, name, pin } = parsed.data;
  return {
    signalling: path.signalling,
    room: path.room,
    offer: body.toString('latin1'),
    uri: user && `sip:${user.includes('@') ? user : `${user}@${domain}`}`,
    displayName: name ?? user,
    pin,
    userAgent: (request.headers['user-agent'] ?? '').slice(0, 200),
  };
}
