import type { JoinTarget } from '@plugfest/endpoints';
import type { Clock, Random } from '@plugfest/model';
import { type DialOutWords, Exchange, NoEvidence, NotHeard, Probe, type SpokenMessage } from '@plugfest/probe';
import { formatMessage } from '@plugfest/sip';
import { redact } from '@plugfest/wire';
import type { Bug, Conversation } from '../bug.ts';
import type { EventLog } from '../event-log.ts';

export interface ConversationContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly log: EventLog;
  readonly target: JoinTarget;
  readonly bridge: {
    dialOut(uri: string, how?: DialOutWords): Promise<void>;
    press(uri: string, digits: string): Promise<void>;
  };
}

/** So many datagrams of media are written down; the rest is counted. */
const WRITTEN_PACKETS = 200;

/**
 * Holds one conversation of a bug's scenario and writes down what was said (`exchange.sip`, `exchange.media`, as the probe saw it) and what is wrong in it
 * (`exchange.found`): a measurement, of which the judge makes a verdict.
 */
export async function converse(bug: Bug, as: Conversation, context: ConversationContext): Promise<void> {
  const exchange = new Exchange();
  const isBad = as === 'bad-peer';
  const { clock, log, target, bridge, signal } = context;
  await using probe = await Probe.open({
    clock,
    random: context.random.fork(`probe:${as}`),
    bridge: target.bridge,
    conferenceUri: target.conferenceUri,
    exchange,
    ...(isBad && 'defect' in bug.badPeer ? { defect: bug.badPeer.defect() } : {}),
    dialOut: (uri, how) => bridge.dialOut(uri, how),
    press: (uri, digits) => bridge.press(uri, digits),
    signal,
  });
  try {
    await (isBad && 'speaks' in bug.badPeer ? bug.badPeer : bug).speaks(probe);
  } catch (error) {
    if (!(error instanceof NotHeard)) throw error;
  }
  const messages = exchange.messages.length;
  const packets = exchange.packets.length;
  await probe.leaves();
  const said = new Exchange(exchange.messages.slice(0, messages), exchange.packets.slice(0, packets));
  said.silence = exchange.silence;
  writeDown(said, as, log);
  log.emit('exchange.found', undefined, { as, ...found(bug, said) });
}

function found(bug: Bug, exchange: Exchange): { fault: string | null; noEvidence?: string } {
  try {
    return { fault: bug.faultIn(exchange) ?? null };
  } catch (error) {
    if (error instanceof NoEvidence) return { fault: null, noEvidence: error.message };
    throw error;
  }
}

function writeDown(exchange: Exchange, as: Conversation, log: EventLog): void {
  for (const { message, atUs, ...rest } of exchange.messages)
    log.emit('exchange.sip', undefined, { as, ...rest, message: redact(textOf(message)) }, atUs);
  for (const { bytes, atUs, ...rest } of exchange.packets.slice(0, WRITTEN_PACKETS))
    log.emit('exchange.media', undefined, { as, ...rest, base64: Buffer.from(bytes).toString('base64') }, atUs);
  const left = exchange.packets.length - WRITTEN_PACKETS;
  if (left > 0) log.emit('exchange.media-left-out', undefined, { as, packets: left });
}

function textOf(message: SpokenMessage['message']): string {
  return Buffer.from(formatMessage(message)).toString('latin1');
}
