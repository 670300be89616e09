import { type Exchange, loudnessOf, NoEvidence } from '@plugfest/probe';

/** A tone of the probe comes to the others at some thousands; silence and the bridge's own dither stay far below. */
const HEARD = 500;

/** How loud B was told what A said in the last `lastMs` of the exchange. @throws {NoEvidence} where B was sent nothing at all */
export function lastHeard(exchange: Exchange, lastMs = 300, party = 'b'): number {
  const packets = exchange.of(party).someRtp(0);
  const endUs = packets.at(-1)?.atUs ?? 0;
  return loudnessOf(packets.filter(({ atUs }) => atUs > endUs - lastMs * 1000));
}

/** What is wrong where B does not hear A at the end; that B heard A before is asked first, else nothing is proved. */
export function isStillHeard(exchange: Exchange): string | undefined {
  const all = exchange.of('b').someRtp(0, 20);
  const loudest = Math.max(...all.map((packet) => loudnessOf([packet])));
  if (loudest < HEARD) throw new NoEvidence('sound of A that ever came to B');
  const loudness = lastHeard(exchange);
  return loudness >= HEARD ? undefined : `B no longer hears A: ${Math.round(loudness)} where ${HEARD} is heard`;
}
