import { type Exchange, NoEvidence } from '@plugfest/probe';

/** How long a decoder may go on asking after it was given a key frame: what it asked before is on its way. */
const ASKING_US = 300_000;

/** Who has decoded a key frame does not ask for another. */
export function keyFrameIsTaken(exchange: Exchange): string | undefined {
  const sent = exchange.rtp(1, 'sent');
  const last = sent.at(-1);
  if (!last) throw new NoEvidence('no pictures were sent');
  const asked = exchange
    .rtcp(1)
    .filter(
      ({ type, atUs }) => /^(picture-loss-indication|full-intra-request)$/.test(type) && atUs > last.atUs + ASKING_US,
    );
  return asked.length === 0 ? undefined : `a key frame was sent, and is asked for ${asked.length} times after it`;
}
