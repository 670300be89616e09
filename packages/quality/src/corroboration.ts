import type { Corroboration } from '@plugfest/model';
import type { WireCount, Witnesses } from './witnesses.ts';

/** Statistics are read a moment before the capture ends, packets are under way: so many, and so large a share, say nothing. */
const SLACK = { pictures: 5, pictureShare: 0.03, packets: 10, packetShare: 0.02, lost: 3, lostShare: 0.01 } as const;

/** Holds against each other what is said of the same thing; one comparison for each thing that has two witnesses. */
export function corroborate(
  { statistics, farReports, wire }: Witnesses,
  /** All that are in the capture, inside the measured time or not. */
  capturedPictures: number,
): Corroboration[] {
  const found: Corroboration[] = [];
  const isOneConnection = new Set(statistics.map(({ mLine }) => mLine)).size === statistics.length;
  const pictures = statistics.filter(({ framesDecoded }) => framesDecoded !== undefined);
  for (const { kind, mLine, packets, framesDecoded, framesDropped } of statistics) {
    // Of several streams the endpoint composes what it shows.
    if (framesDecoded !== undefined && pictures.length === 1)
      found.push(framesShown(framesDecoded, framesDropped, capturedPictures));
    const count = wire?.received[mLine];
    if (count && isOneConnection) found.push(packetsReceived(kind, packets, count));
  }
  // M-lines of several connections have the same names.
  if (wire && !isOneConnection) {
    const said = statistics.reduce((sum, { packets }) => sum + packets, 0);
    found.push(packetsReceived('media', said, totalOf(wire.received), statistics.length));
  }
  if (wire && statistics.length > 0) {
    const said = statistics.reduce((sum, { lost }) => sum + lost, 0);
    found.push(
      lossOf('loss-received', 'Packets lost on the way to the endpoint', 'getStats', said, totalOf(wire.received), 0),
    );
  }
  if (wire && farReports.length > 0) {
    const said = farReports.reduce((sum, { lost }) => sum + lost, 0);
    const ageShare = Math.max(...farReports.map((report) => report.ageShare));
    found.push(
      lossOf('loss-sent', 'Packets lost on the way from the endpoint', 'RTCP', said, totalOf(wire.sent), ageShare),
    );
  }
  return found;
}

/** What is decoded is shown, but for what the endpoint itself says that it dropped. */
function framesShown(decoded: number, dropped: number, captured: number): Corroboration {
  const tolerance = SLACK.pictures + SLACK.pictureShare * decoded + dropped;
  return comparison(
    'frames-shown',
    'Pictures decoded and shown',
    'pictures',
    ['getStats', decoded],
    ['capture', captured],
    tolerance,
  );
}

function packetsReceived(kind: string, said: number, { received }: WireCount, streams = 1): Corroboration {
  const tolerance = SLACK.packets * streams + SLACK.packetShare * received;
  return comparison(
    `packets-${kind}`,
    `Packets of ${kind} received`,
    'packets',
    ['getStats', said],
    ['wire', received],
    tolerance,
  );
}

function lossOf(
  id: string,
  what: string,
  source: string,
  said: number,
  { received, lost }: WireCount,
  ageShare: number,
): Corroboration {
  const tolerance = SLACK.lost + SLACK.lostShare * (received + lost) + 1.5 * ageShare * lost;
  return comparison(id, what, 'packets', [source, said], ['wire', lost], tolerance);
}

function comparison(
  id: string,
  what: string,
  unit: string,
  [source, value]: [string, number],
  [other, against]: [string, number],
  tolerance: number,
): Corroboration {
  const claims = [
    { source, value },
    { source: other, value: against },
  ];
  return { id, what, unit, claims, tolerance, agrees: Math.abs(value - against) <= tolerance };
}

function totalOf(counts: readonly (WireCount | undefined)[]): WireCount {
  let [received, lost] = [0, 0];
  for (const count of counts) {
    received += count?.received ?? 0;
    lost += count?.lost ?? 0;
  }
  return { received, lost };
}
