import { kebab, type ScriptedScenario } from '@plugfest/scenario';
import { kind, type PartKind } from './parts-of-scenario.ts';

/** What a participant said in its first INVITE, as far as it could leave it out. */
export interface SaidParts {
  readonly headers: readonly string[];
  readonly sdpLines: readonly string[];
}

/** By participant, as plans name them. */
export type Said = Readonly<Record<string, SaidParts>>;

type Word = readonly [participant: string, where: keyof SaidParts, what: string];

/** Headers and lines of descriptions that participants can leave out: those that they said, less those that are left out already. */
export function partsOfMessages(said: Said): PartKind<unknown> {
  const wordsOf = (id: string): Word[] => [
    ...(said[kebab(id)]?.headers ?? []).map((what) => [id, 'headers', what] as const),
    ...(said[kebab(id)]?.sdpLines ?? []).map((what) => [id, 'sdpLines', what] as const),
  ];
  return kind<Word>({
    name: 'headers and lines of descriptions',
    parts: ({ participants }) =>
      Object.entries(participants).flatMap(([id, { leavesOut }]) =>
        wordsOf(id).filter(([, where, what]) => !leavesOut?.[where]?.includes(what)),
      ),
    keep: (script, kept) => ({ ...script, participants: withWords(script, wordsOf, kept) }),
  });
}

function withWords(
  script: ScriptedScenario,
  wordsOf: (id: string) => readonly Word[],
  kept: readonly Word[],
): ScriptedScenario['participants'] {
  return Object.fromEntries(
    Object.entries(script.participants).map(([id, { leavesOut: _, ...spec }]) => {
      const left = wordsOf(id).filter((word) => !kept.some((one) => one.join() === word.join()));
      const of = (where: keyof SaidParts): string[] => left.flatMap((word) => (word[1] === where ? [word[2]] : []));
      const leavesOut = { headers: of('headers'), sdpLines: of('sdpLines') };
      return [id, left.length === 0 ? spec : { ...spec, leavesOut }];
    }),
  );
}
