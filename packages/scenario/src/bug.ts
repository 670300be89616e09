import type { Defect, Exchange, Probe } from '@plugfest/probe';
import type { ScenarioDefinition } from './definition.ts';

/** The peer that has the bug: the reference bridge behind a defect, or a script of who misbehaves. */
export type BadPeer = { readonly defect: () => Defect } | { readonly speaks: (probe: Probe) => Promise<void> };

/** A row of the catalogue of interop bugs: how to provoke it, how to see it, and who has it. */
export interface Bug {
  /** Its row in the catalogue, where it has one. */
  readonly number?: number;
  readonly title: string;
  /** Public reports, as `owner/project#number`. */
  readonly sources: readonly string[];
  /** What is wrong on the wire. */
  readonly cause: string;
  /** What says how it must be: RFC and section. */
  readonly cites: string;
  /** What is said to the bridge to provoke it. */
  readonly speaks: (probe: Probe) => Promise<void>;
  /** What is wrong in what was said; undefined where nothing is. @throws {NoEvidence} */
  readonly faultIn: (exchange: Exchange) => string | undefined;
  readonly badPeer: BadPeer;
}

/** Who is spoken to. */
export const CONVERSATIONS = ['reference', 'bad-peer'] as const;
export type Conversation = (typeof CONVERSATIONS)[number];

/** The scenario of a bug: the reference bridge must not have it, and a peer that has it must be caught by the same look at the same conversation. */
export function bug(row: Bug): ScenarioDefinition<never> {
  return {
    title: row.title,
    story: `Bug${row.number === undefined ? '' : ` ${row.number}`} (${row.sources.join(', ')}): ${row.cause}.`,
    bug: row,
    participants: {},
    async steps({ converses }) {
      await converses('reference');
      await converses('bad-peer');
    },
    expects: [
      { rule: 'bug-is-absent', level: 'must', cites: row.cites },
      { rule: 'bad-peer-is-caught', level: 'must', cites: row.sources.join(', ') },
    ],
  };
}
