import { existsSync, readFileSync, rmSync } from 'node:fs';
import { keyLogLine, type MediaWire, type PacketRecorder, readMediaKeys, secretsOfKeys } from '@plugfest/wire';

/** Where the bridge keeps the keys of its DTLS sessions while a run goes on. */
export const MEDIA_KEYS = 'captures/dtls-keys.jsonl';

/** Gives the recording the keys that the bridge kept, under the names of those whose media they open, and takes the bridge's file away. */
export function keepMediaKeys(file: string, recorder: PacketRecorder, wires: ReadonlyMap<string, MediaWire>): void {
  if (!existsSync(file)) return;
  for (const keys of readMediaKeys(readFileSync(file, 'utf8'))) {
    const [participant] = [...wires].find(([, wire]) => wire.isHeardFrom(keys.remote.port)) ?? [];
    if (participant === undefined) continue;
    recorder.addSecrets(secretsOfKeys(keys, participant));
    recorder.addKeyLog(keyLogLine(keys));
  }
  rmSync(file);
}
