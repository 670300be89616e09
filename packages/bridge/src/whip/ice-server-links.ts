import { z } from 'zod';

/** A STUN or TURN server that clients are told of. */
export const iceServerSchema = z.object({
  url: z.string().regex(/^(stun|turn)s?:[\w.:[\]-]{1,255}(\?transport=(udp|tcp))?$/),
  username: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/)
    .optional(),
  credential: z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/)
    .optional(),
});
export type IceServer = z.output<typeof iceServerSchema>;

/** Values of `Link` headers. @see RFC 9725 §4.6, RFC 8288 §3 */
export function iceServerLinks(servers: readonly IceServer[]): string[] {
  return servers.map(({ url, username, credential }) => {
    const secret =
      username !== undefined && credential !== undefined
        ? `; username=${quoted(username)}; credential=${quoted(credential)}; credential-type="password"`
        : '';
    return `<${url}>; rel="ice-server"${secret}`;
  });
}

/** @see RFC 9110 §5.6.4 */
function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
}
