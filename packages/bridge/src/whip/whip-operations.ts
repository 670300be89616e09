import type { Operation } from '../control/operations.ts';
import { arrivalQuerySchema } from './arrival-request.ts';

const [SDP, FRAGMENT] = ['application/sdp', 'application/trickle-ice-sdpfrag'];
const KINDS = { whip: 'a publisher', whep: 'a viewer' } as const;

/** WHIP and WHEP in the description of the API. @see RFC 9725, draft-ietf-wish-whep-03 */
export const WHIP_OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries(KINDS).flatMap(([kind, who]): [string, Operation][] => [
    [
      `POST /${kind}/:room`,
      {
        summary: `Brings ${who} into a conference by its offer; \`Location\` names the session`,
        query: arrivalQuerySchema,
        takes: SDP,
        mediaType: SDP,
        status: 201,
        security: 'whip',
      },
    ],
    [
      `PATCH /${kind}/:room/:session`,
      {
        summary: 'Candidates that came late (204), or an ICE restart (200)',
        takes: FRAGMENT,
        mediaType: FRAGMENT,
        security: 'whip',
      },
    ],
    [`DELETE /${kind}/:room/:session`, { summary: 'Hangs up', status: 200, security: 'whip' }],
    [`OPTIONS /${kind}/:room`, { summary: 'What is taken, and from which sites’ pages', security: 'none' }],
    [`OPTIONS /${kind}/:room/:session`, { summary: 'What is taken, and from which sites’ pages', security: 'none' }],
  ]),
);
