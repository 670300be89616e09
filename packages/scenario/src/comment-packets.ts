import { existsSync, readFileSync } from 'node:fs';
import { writeFileAtomically } from '@plugfest/host';
import type { Check } from '@plugfest/model';
import { withComments } from '@plugfest/wire';
import type { RunDirectory } from './run-directory.ts';

const RECORDING = 'captures/run.pcapng';
/** How evidence names a packet. */
const PACKET = /^packet (\d+)\b/;

/** Writes onto the packets that checks refer to which check does, and with what outcome: who opens the recording finds them by `frame.comment`. */
export async function commentPackets(run: RunDirectory, checks: readonly Check[]): Promise<void> {
  const comments = commentsOf(checks);
  const path = run.file(RECORDING);
  if (comments.size === 0 || !existsSync(path)) return;
  await writeFileAtomically(path, withComments(readFileSync(path), comments), { mode: 0o600 });
}

export function commentsOf(checks: readonly Check[]): Map<number, string[]> {
  const comments = new Map<number, string[]>();
  for (const { id, verdict, evidence } of checks)
    for (const { file, note } of evidence) {
      const [, number] = (file === RECORDING && PACKET.exec(note ?? '')) || [];
      if (number === undefined) continue;
      const text = `check ${id}: ${verdict}`;
      comments.set(Number(number), [...(comments.get(Number(number)) ?? []), text]);
    }
  return comments;
}
