import { err, ok, type Result, SABOTAGE_KINDS, type Sabotage } from '@plugfest/model';
import type { RuleName } from './judge/judge.ts';

/** Where a sabotage is done, and which rule is there to catch it. */
interface SabotageRow {
  /** `endpoint`: mistakes in a call; a SIP room can make them, and only where it does in the story what they are made at. */
  readonly by: 'source' | 'bridge' | 'wire' | 'endpoint';
  readonly caughtBy: RuleName;
  readonly amount: 'none' | 'milliseconds' | 'ratio';
  readonly default?: number;
  readonly what: string;
}

export const SABOTAGES: Record<Sabotage['kind'], SabotageRow> = {
  freeze: { by: 'source', caughtBy: 'freeze', amount: 'none', what: 'its camera stops at one picture' },
  black: { by: 'source', caughtBy: 'sees', amount: 'none', what: 'its camera sends black' },
  mute: { by: 'source', caughtBy: 'hears', amount: 'none', what: 'its microphone sends silence' },
  'one-way': { by: 'bridge', caughtBy: 'sees', amount: 'none', what: 'nothing of it reaches the others' },
  'wrong-tile': {
    by: 'bridge',
    caughtBy: 'right-tile',
    amount: 'none',
    what: 'its picture is drawn in somebody else’s tile',
  },
  delay: {
    by: 'source',
    caughtBy: 'video-delay',
    amount: 'milliseconds',
    default: 300,
    what: 'its picture and sound leave late',
  },
  lipsync: {
    by: 'source',
    caughtBy: 'lip-sync',
    amount: 'milliseconds',
    default: 250,
    what: 'its sound leaves later than its picture',
  },
  loss: { by: 'wire', caughtBy: 'packet-loss', amount: 'ratio', default: 0.1, what: 'its packets are lost' },
  'own-voice': { by: 'bridge', caughtBy: 'own-voice', amount: 'none', what: 'its own voice is in its mix' },
  'h264-after-reinvite': {
    by: 'endpoint',
    caughtBy: 'h264-packetization',
    amount: 'none',
    what: 'it packetizes H.264 as nobody agreed once it has offered anew',
  },
  'timestamp-reset': {
    by: 'endpoint',
    caughtBy: 'rtp-timeline',
    amount: 'none',
    what: 'its RTP timestamps begin anew when it resumes',
  },
  'event-clock': {
    by: 'endpoint',
    caughtBy: 'event-clock',
    amount: 'none',
    what: 'its telephone-events run at twice their clock',
  },
};

/**
 * Reads `<participant>:<kind>[=<amount>][@<begin>s[-<end>s]]`: `skype:delay=300ms`, `room:loss=10%`, `lync-mobile:freeze@5s-7s`. What breaks a camera or a
 * microphone may begin, and end, so many seconds after these began. The error says what is wrong with it.
 */
export function parseSabotage(text: string): Result<Sabotage, string> {
  const match =
    /^([a-z0-9-]+):([a-z0-9-]+)(?:=(\d+(?:\.\d+)?)(ms|%)?)?(?:@(\d+(?:\.\d+)?)s(?:-(\d+(?:\.\d+)?)s)?)?$/.exec(text);
  const kind = SABOTAGE_KINDS.find((known) => known === match?.[2]);
  const participant = match?.[1];
  if (!match || !participant || !kind) {
    return err(
      `“${text}” is not <participant>:<kind>[=amount][@begin[-end]]; kinds: ${SABOTAGE_KINDS.join(', ')}; e.g. skype:delay=300ms, room:loss=10%, room:freeze@5s-7s`,
    );
  }
  const row = SABOTAGES[kind];
  const unit = { none: undefined, milliseconds: 'ms', ratio: '%' }[row.amount];
  if (match[5] !== undefined && row.by !== 'source') return err(`“${text}”: ${kind} cannot begin later`);
  const begin = match[5] === undefined ? {} : { fromMs: Number(match[5]) * 1000 };
  const when = match[6] === undefined ? begin : { ...begin, untilMs: Number(match[6]) * 1000 };
  if (match[3] === undefined)
    return ok({ participant, kind, ...(row.default === undefined ? {} : { amount: row.default }), ...when });
  if (row.amount === 'none' || match[4] !== unit)
    return err(`“${text}”: ${kind} takes ${unit ? `an amount in ${unit}` : 'no amount'}`);
  return ok({ participant, kind, amount: Number(match[3]) / (unit === '%' ? 100 : 1), ...when });
}

/** As `parseSabotage` reads it. */
export function formatSabotage({ participant, kind, amount, fromMs, untilMs }: Sabotage): string {
  const unit = SABOTAGES[kind].amount;
  const much = amount === undefined ? '' : unit === 'ratio' ? `=${amount * 100}%` : `=${amount}ms`;
  const end = untilMs === undefined ? '' : `-${untilMs / 1000}s`;
  return `${participant}:${kind}${much}${fromMs === undefined ? '' : `@${fromMs / 1000}s${end}`}`;
}
