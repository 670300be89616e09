import type { ScriptedScenario } from '@plugfest/scenario';
import { kind, type PartKind } from './parts-of-scenario.ts';

/** Without these a message is none (RFC 3261 §8.1.1), or cannot be correlated. */
const NEEDED = /^(?:via|v|from|f|to|t|call-id|i|cseq|contact|m|content-type|c|content-length|l|max-forwards)[ \t]*:/i;
/** What a description has to have (RFC 8866 §5), and where media go. */
const NEEDED_IN_SDP = /^[vosctm]=/;

type Replay = NonNullable<ScriptedScenario['replay']>;

function withReplay(script: ScriptedScenario, change: (replay: Replay) => Replay): ScriptedScenario {
  return script.replay ? { ...script, replay: change(script.replay) } : script;
}

const messages = kind<number>({
  name: 'captured messages',
  parts: ({ replay }) => replay?.messages.map((_, index) => index) ?? [],
  keep: (script, kept) =>
    withReplay(script, (replay) => ({
      ...replay,
      messages: replay.messages.filter((_, index) => kept.includes(index)),
    })),
});

type Line = readonly [message: number, line: number];

/** Headers and lines of descriptions of what the played side says. */
const lines = kind<Line>({
  name: 'captured headers and lines',
  parts: ({ replay }) =>
    replay?.messages.flatMap((message, at) =>
      message.ours
        ? message.lines.flatMap((_, line): Line[] => (isNeeded(message.lines, line) ? [] : [[at, line]]))
        : [],
    ) ?? [],
  keep: (script, kept) =>
    withReplay(script, (replay) => ({
      ...replay,
      messages: replay.messages.map((message, at) => ({
        ...message,
        lines: message.ours
          ? message.lines.filter(
              (_, line) => isNeeded(message.lines, line) || kept.some((one) => one[0] === at && one[1] === line),
            )
          : message.lines,
      })),
    })),
});

function isNeeded(all: readonly string[], line: number): boolean {
  const text = all[line] ?? '';
  const end = all.indexOf('');
  if (line === 0 || text === '') return true;
  const isInHead = end === -1 || line < end;
  // A header that goes on in the next line (RFC 3261 §7.3.1) goes with it.
  if (isInHead) return NEEDED.test(text) || /^[ \t]/.test(text) || /^[ \t]/.test(all[line + 1] ?? '');
  return NEEDED_IN_SDP.test(text) || !/^[a-z]=/.test(text);
}

const media = kind<string>({
  name: 'captured media',
  parts: ({ replay }) => (replay?.media === undefined ? [] : [replay.media]),
  keep: (script, kept) =>
    withReplay(script, ({ media, ...replay }) =>
      media !== undefined && kept.includes(media) ? { ...replay, media } : replay,
    ),
});

/** What a captured call is made of. */
export const PARTS_OF_REPLAY: readonly PartKind<unknown>[] = [media, messages, lines];
