import { demultiplex } from '@plugfest/rtp';
import type { RecordedMedia, RecordedMediaLine } from '@plugfest/scenario';
import { parseSdp } from '@plugfest/sdp';
import { bodyParts, type SipMessage } from '@plugfest/sip';
import type { CapturedDatagram } from '@plugfest/wire';

/** `address:port` by m-line, as one side described itself. */
export type Ends = ReadonlyMap<number, ReadonlySet<string>>;

/** Where one side takes media, in all its descriptions. */
export function mediaEnds(messages: readonly SipMessage[]): Ends {
  const ends = new Map<number, Set<string>>();
  for (const message of messages) {
    const sdp = descriptionIn(message);
    const parsed = sdp === undefined ? undefined : parseSdp(sdp);
    if (!parsed?.ok) continue;
    for (const [index, { port, connection }] of parsed.value.media.entries()) {
      const address = (connection ?? parsed.value.connection)?.address;
      if (address === undefined || port === 0) continue;
      const known = ends.get(index) ?? new Set();
      ends.set(index, known.add(endOf(address, port)));
    }
  }
  return ends;
}

export function descriptionIn(message: SipMessage): string | undefined {
  if (message.body.length === 0) return undefined;
  const part = bodyParts(message).find(({ contentType }) => /^application\/sdp\b/i.test(contentType));
  return part && Buffer.from(part.body).toString('latin1');
}

/**
 * What the played side sent, by m-line: packets to where the other side takes them, or from where the played side does. RTCP goes with its RTP, on the port above or
 * on the same.
 */
export function mediaOf(
  datagrams: readonly CapturedDatagram[],
  ours: Ends,
  theirs: Ends,
  startUs: number,
): RecordedMedia {
  const lines = [...new Set([...ours.keys(), ...theirs.keys()])].sort((a, b) => a - b);
  return {
    version: 1,
    lines: lines.map((index) =>
      lineOf(index, datagrams, ours.get(index) ?? new Set(), theirs.get(index) ?? new Set(), startUs),
    ),
  };
}

function lineOf(
  index: number,
  datagrams: readonly CapturedDatagram[],
  ours: ReadonlySet<string>,
  theirs: ReadonlySet<string>,
  startUs: number,
): RecordedMediaLine {
  const packets: [number, string][] = [];
  let received = 0;
  for (const { source, destination, payload, epochUs } of datagrams) {
    const kind = demultiplex(payload);
    if (kind !== 'rtp' && kind !== 'rtcp') continue;
    const below = kind === 'rtcp' ? 1 : 0;
    const isAt = (ends: ReadonlySet<string>, end: string): boolean => ends.has(end) || ends.has(shifted(end, -below));
    const isSent = isAt(theirs, destination) || isAt(ours, source);
    const isReceived = isAt(ours, destination) || isAt(theirs, source);
    if (isSent && !isReceived) packets.push([(epochUs - startUs) / 1000, payload.toString('base64')]);
    else if (isReceived && !isSent && kind === 'rtp') received++;
    // Symmetric on both sides: the destination says who sends.
    else if (isSent && isReceived && isAt(theirs, destination))
      packets.push([(epochUs - startUs) / 1000, payload.toString('base64')]);
    else if (isSent && isReceived && kind === 'rtp') received++;
  }
  return { index, packets, received };
}

function shifted(end: string, by: number): string {
  const at = end.lastIndexOf(':');
  return `${end.slice(0, at)}:${Number(end.slice(at + 1)) + by}`;
}

/** As the capture writes its ends. */
function endOf(address: string, port: number): string {
  return address.includes(':') ? `[${shortened(address)}]:${port}` : `${address}:${port}`;
}

/** IPv6 as systems write it; as it is where it is none. */
function shortened(address: string): string {
  try {
    return new URL(`http://[${address}]/`).hostname.slice(1, -1);
  } catch {
    return address;
  }
}
