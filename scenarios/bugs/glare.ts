import type { Clock } from '@plugfest/model';
import { answerTo, type Exchange, NoEvidence, PCMU, type Probe } from '@plugfest/probe';
import { referenceAgent } from './reference-agent.ts';

/** For who made the Call-ID. @see RFC 3261 §14.1 */
const OWNER_BAND_MS = { least: 2100, most: 4000 };
const SLACK_MS = 150;
const PATIENCE_MS = 5000;

/** An agent calls the probe and re-INVITEs; the probe answers 491 as if its own re-INVITE had crossed it, and waits whether another comes. */
export async function refusesReinviteOnce(probe: Probe, clock?: Clock): Promise<void> {
  await using agent = await referenceAgent(probe, clock);
  const offer = { contentType: 'application/sdp', body: Buffer.from(probe.describes([PCMU])) };
  let session: ReturnType<typeof agent.invite> | undefined;
  const call = await probe.isCalled((uri) => {
    session = agent.invite(uri, { body: offer.body });
  });
  if (call.far) call.replies(200, { sdp: probe.describes(answerTo(call.far, { audio: PCMU })) });
  await probe.until('the ACK', () => probe.exchange.requests('ACK')[0]);
  await session?.answered;
  void session?.reinvite(offer);
  await probe.until('a re-INVITE', () => probe.exchange.requests('INVITE')[1]);
  call.replies(491);
  await probe.until('the re-INVITE again', () => probe.exchange.requests('INVITE')[2], PATIENCE_MS);
  call.replies(200, { sdp: probe.describes([PCMU]) });
  await probe.until('its ACK', () => probe.exchange.requests('ACK')[2]);
}

export function isTriedAgain(exchange: Exchange): string | undefined {
  if (exchange.requests('INVITE').length < 2) throw new NoEvidence('no re-INVITE');
  return exchange.requests('INVITE').length > 2 ? undefined : 'after 491 the re-INVITE never comes again';
}

/** What is wrong with the time between 491 and the next try. */
export function backOffFault(exchange: Exchange): string | undefined {
  const refused = exchange.responses('INVITE', 'sent').find(({ statusCode }) => statusCode === 491);
  const again = exchange.requests('INVITE')[2];
  if (!refused || !again) throw new NoEvidence('no second try after a 491');
  const pausedMs = (again.atUs - refused.atUs) / 1000;
  const { least, most } = OWNER_BAND_MS;
  return pausedMs > least - SLACK_MS && pausedMs < most + SLACK_MS
    ? undefined
    : `tried again after ${Math.round(pausedMs)} ms, where ${least} to ${most} ms are the band of who made the Call-ID`;
}
