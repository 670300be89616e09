import { z } from 'zod';
import type { SrtpSecret } from './srtp-secret.ts';

const keyedEndSchema = z.object({ keyAndSalt: z.string(), address: z.string(), port: z.number().int() });

/** A line of the file in which an end of DTLS-SRTP keeps its keys. */
export const mediaKeysSchema = z.object({
  suite: z.string(),
  clientRandom: z.string().regex(/^[0-9a-f]{64}$/),
  masterSecret: z.string().regex(/^[0-9a-f]{96}$/),
  local: keyedEndSchema,
  remote: keyedEndSchema,
});
export type MediaKeys = z.infer<typeof mediaKeysSchema>;

/** The lines of such a file that can be read: a line that was cut off is none. */
export function readMediaKeys(text: string): MediaKeys[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = mediaKeysSchema.safeParse(JSON.parse(line));
      return parsed.success ? [parsed.data] : [];
    } catch {
      return [];
    }
  });
}

/** What opens both directions of a participant's media. */
export function secretsOfKeys({ suite, local, remote }: MediaKeys, participant: string): SrtpSecret[] {
  return [local, remote].map(({ keyAndSalt, address, port }) => ({
    ...{ participant, origin: 'dtls' as const, suite, keyAndSalt },
    sources: [{ address, port }],
  }));
}

/** A line of a key log, as Wireshark reads it for DTLS too. @see draft-ietf-tls-keylogfile §2 */
export function keyLogLine({ clientRandom, masterSecret }: MediaKeys): string {
  return `CLIENT_RANDOM ${clientRandom} ${masterSecret}\n`;
}
