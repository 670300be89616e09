import type { MediaSection, Probe, ProbeCall } from '@plugfest/probe';
import { NoEvidence } from '@plugfest/probe';
import type { SessionDescription } from '@plugfest/sdp';

/** Calls without an offer, and answers the bridge's in the ACK. */
export async function answersLate(
  probe: Probe,
  answer: (offer: SessionDescription) => readonly MediaSection[],
): Promise<ProbeCall> {
  const call = await probe.invites();
  if (!call.far) throw new NoEvidence('no offer in the 2xx to an INVITE without one');
  call.acknowledges(probe.exchange.final('INVITE'), probe.describes(answer(call.far)));
  return call;
}
