import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { JoinTarget } from '@plugfest/endpoints';
import type { Clock, Random } from '@plugfest/model';
import { z } from 'zod';
import { Unsupported } from '../bridges/conference-bridge.ts';
import type { EventLog } from '../event-log.ts';
import { CallReplay, type Heard } from './call-replay.ts';
import { lineDifferences, type MessageParts, partsOfMessage } from './message-difference.ts';
import { type RecordedCall, type RecordedMedia, textOfRecorded } from './recorded-call.ts';
import { ReplayMedia } from './replay-media.ts';
import { openReplayTransport } from './replay-transport.ts';
import { countLines } from './rewrite-description.ts';

export interface ReplayContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly log: EventLog;
  readonly target: JoinTarget;
  readonly bridge: { dialOut(uri: string): Promise<void> };
  /** Media lie beside it. */
  readonly scenarioFile: string;
}

const mediaSchema = z.object({
  version: z.literal(1),
  lines: z.array(
    z.object({
      index: z.number().int().min(0),
      packets: z.array(z.tuple([z.number(), z.string()])),
      received: z.number().int(),
    }),
  ),
});
/** A description has no more m-lines than that. */
const MAX_LINES = 16;

/**
 * Plays one side of a captured call and writes down how the other side differs from then: `replay.heard` for each of its messages, `replay.media` for each m-line,
 * `replay.note` for what could not be said again.
 * @throws Unsupported where the bridge is not called over that transport
 */
export async function replayCall(call: RecordedCall, context: ReplayContext): Promise<void> {
  const { clock, random, signal, log, target, bridge, scenarioFile } = context;
  const remote = target.bridge[call.transport];
  if (remote === undefined) throw new Unsupported(`a bridge that listens on ${call.transport}`, 'this one');
  const recorded = call.media === undefined ? undefined : await mediaIn(resolve(dirname(scenarioFile), call.media));
  await using resources = new AsyncDisposableStack();
  const transport = resources.use(await openReplayTransport(call.transport, remote));
  const media = resources.use(await ReplayMedia.open(clock, linesOf(call), recorded));
  const note = (text: string): void => log.emit('replay.note', undefined, { text });
  const replay = new CallReplay({
    ...{ call, clock, random: random.fork('replay'), transport, media, signal },
    // Never in a scenario: its text goes into plan, report and bundle.
    password: process.env.PLUGFEST_SIP_PASSWORD,
    conferenceUri: target.conferenceUri,
    dialOut: (uri) => bridge.dialOut(uri),
    onHeard: (heard) => log.emit('replay.heard', undefined, compared(heard)),
    onNote: note,
  });
  await replay.run();
  for (const line of media.played()) log.emit('replay.media', undefined, { ...line });
  log.emit('replay.ended');
}

function compared({ number, was, now, why }: Heard): Record<string, unknown> {
  const before = ownWords(was);
  const after = now === undefined ? undefined : ownWords(now);
  return {
    number,
    was: before.startLine,
    now: after?.startLine ?? null,
    differences: after
      ? lineDifferences(before, after).map(({ kind, a, b }) => ({ kind, was: a ?? null, now: b ?? null }))
      : [],
    ...(why === undefined ? {} : { why }),
  };
}

/** What the other side only gives back of what it was told (RFC 3261 §8.2.6.2). */
const ECHOED = /^(?:via|v|from|f|to|t|call-id|i|cseq|record-route)\s*:/i;

/** What it says of its own accord, wherever it is: addresses of then and of now are both `*`. */
function ownWords(text: string): MessageParts {
  const placeless = text
    .replaceAll(/\bIN IP[46] (?!0\.0\.0\.0)\S+/g, 'IN IP *')
    .replaceAll(/^((?:Contact|m)[ \t]*:[^\r\n]*?\bsips?:(?:[^@>;,\s]+@)?)[^>;,\s]+/gim, '$1*');
  const { startLine, headers, body } = partsOfMessage(placeless);
  return { startLine, headers: headers.filter((line) => !ECHOED.test(line)), body };
}

async function mediaIn(path: string): Promise<RecordedMedia> {
  return mediaSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

function linesOf({ messages }: RecordedCall): number {
  const counts = messages.map((message) => countLines(textOfRecorded(message).replaceAll('\r\n', '\n')));
  return Math.min(MAX_LINES, Math.max(0, ...counts));
}
