import type { MediaSection, Probe } from '@plugfest/probe';
import { pcmuStream } from '@plugfest/probe';
import { formatRtp } from '@plugfest/rtp';

const PCMU_WITH_NOISE: MediaSection = ['audio RTP/AVP 0 13', 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:13 CN/8000'];
/** RFC 3389 §3: −40 dBov and no spectrum. */
const NOISE = Uint8Array.of(40);

/** A speaks, falls silent with comfort noise, speaks again, and asks whether the call is still there; B listens. */
export async function speaksWithPauses(probe: Probe): Promise<void> {
  const listener = await probe.another();
  await listener.invites({ sdp: listener.describes([['audio RTP/AVP 0', 'a=rtpmap:0 PCMU/8000']]) });
  const call = await probe.invites({ sdp: probe.describes([PCMU_WITH_NOISE]) });
  const stream = pcmuStream(probe.context.random);
  await call.speaks(stream, 20);
  for (const packet of stream.packets([{ payload: NOISE, marker: false }], 400_000, 13))
    call.sendsRtp(0, formatRtp(packet));
  await probe.listens(100);
  await call.speaks(stream, 35, 30);
  await call.asks('OPTIONS');
}
