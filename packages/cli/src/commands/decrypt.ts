import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { EXIT, type RunEvent, sipMessageSchema } from '@plugfest/model';
import { RunDirectory } from '@plugfest/scenario';
import { decryptCapture, type SrtpSecrets, srtpSecretsSchema } from '@plugfest/wire';
import { BadUse } from '../pipeline.ts';

const CAPTURE = 'captures/run.pcapng';
const SECRETS = 'captures/secrets.json';
const DECRYPTED = 'captures/run.decrypted.pcapng';

/** A description of media that are keyed by a DTLS handshake. @see RFC 5764 §8 */
const DTLS_MEDIA = /^m=\S+ \d+(?:\/\d+)? UDP\/TLS\/RTP\/SAVPF? /m;

/** Writes a copy of a run's packets with SRTP opened, and says which legs stay closed, and why. */
export async function decrypt(path: string): Promise<number> {
  const directory = new RunDirectory(resolve(path));
  directory.readPlan();
  const capture = directory.file(CAPTURE);
  if (!existsSync(capture)) throw new BadUse(`${capture} is missing: this run ended before it recorded packets`);
  const secrets = readSecrets(directory.file(SECRETS));
  const counts = await decryptCapture(capture, secrets, directory.file(DECRYPTED));
  process.stdout.write(`${relative(process.cwd(), directory.file(DECRYPTED))}\n`);
  process.stderr.write(`${counts.decrypted} of ${counts.packets} packets were SRTP and are open now.\n`);
  if (counts.failed > 0) process.stderr.write(`${counts.failed} fit none of the keys, and stay as they are.\n`);
  const closed = closedLegs(directory.readEvents(), secrets);
  if (closed.length > 0)
    process.stderr.write(
      `Still encrypted: ${closed.join(', ')}. Keyed by DTLS: those keys are never on the wire, and neither end has given them.\n`,
    );
  return EXIT.pass;
}

/** Participants whose media are keyed by DTLS and of whom no key is known. */
export function closedLegs(events: readonly RunEvent[], { secrets }: SrtpSecrets): string[] {
  const known = new Set(secrets.filter(({ origin }) => origin === 'dtls').map(({ participant }) => participant));
  const keyedByDtls = events.flatMap(({ participant, type, data }) => {
    const message = type === 'sip.message' ? sipMessageSchema.safeParse(data) : undefined;
    return participant !== undefined && message?.success && DTLS_MEDIA.test(message.data.message) ? [participant] : [];
  });
  return [...new Set(keyedByDtls)].filter((participant) => !known.has(participant)).sort();
}

/** A run without SRTP that is keyed by descriptions has no such file. */
function readSecrets(path: string): SrtpSecrets {
  if (!existsSync(path)) return { version: 1, secrets: [] };
  const parsed = srtpSecretsSchema.safeParse(parseJson(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new BadUse(`${path} is no list of keys: ${parsed.error.message}`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
