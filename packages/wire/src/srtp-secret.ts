import { z } from 'zod';
import type { LearnedSection } from './sdp-rewrite.ts';
import type { TransportAddress } from './transport-address.ts';

/** The key that one end protects its packets with, and where these come from in the recording. @see RFC 4568 §6.1 */
export const srtpSecretSchema = z.object({
  participant: z.string(),
  /** `sdes` as read from a description; `dtls` as told by an end that took part in the handshake. */
  origin: z.enum(['sdes', 'dtls']),
  suite: z.string(),
  /** Master key and salt, base64. */
  keyAndSalt: z.string(),
  /** The addresses that the protected packets are sent from. */
  sources: z.array(z.object({ address: z.string(), port: z.number().int() })),
});
export type SrtpSecret = z.infer<typeof srtpSecretSchema>;

/** `captures/secrets.json` */
export const srtpSecretsSchema = z.object({ version: z.literal(1), secrets: z.array(srtpSecretSchema) });
export type SrtpSecrets = z.infer<typeof srtpSecretsSchema>;

interface Source {
  readonly rtp: TransportAddress | undefined;
  readonly rtcp: TransportAddress | undefined;
}

/** The keys that a description offers: its owner protects what it sends with one of them. */
export function secretsOf(section: LearnedSection, participant: string, source: Source): SrtpSecret[] {
  const sources = [source.rtp, source.rtcp].filter((address) => address !== undefined);
  return section.crypto.flatMap((value) => {
    const match = /^\d+ (\S+) inline:([A-Za-z0-9+/=]+)/.exec(value);
    if (!match) return [];
    return [{ participant, origin: 'sdes' as const, suite: match[1] ?? '', keyAndSalt: match[2] ?? '', sources }];
  });
}
