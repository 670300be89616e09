import type { Network } from '@plugfest/model';
import { kebab, resolveNetwork, type ScriptedScenario } from '@plugfest/scenario';

/** Something that can be left out of a scenario. `leave` takes all of its kind that stay. */
export interface PartKind<T> {
  readonly name: string;
  readonly parts: (script: ScriptedScenario) => readonly T[];
  readonly keep: (script: ScriptedScenario, kept: readonly T[]) => ScriptedScenario;
}

export function kind<T>(row: PartKind<T>): PartKind<unknown> {
  return row as unknown as PartKind<unknown>;
}

const participants = kind<string>({
  name: 'participants',
  parts: ({ participants }) => Object.keys(participants),
  keep: (script, kept) => ({
    ...script,
    participants: only(script.participants, kept),
    steps: script.steps.filter(({ of, id }) => of !== 'participants' || kept.includes(id ?? '')),
    sabotage: script.sabotage.filter((text) => kept.some((id) => text.startsWith(`${kebab(id)}:`))),
  }),
});

const peers = kind<string>({
  name: 'peers',
  parts: ({ peers }) => Object.keys(peers),
  keep: (script, kept) => ({
    ...script,
    peers: only(script.peers, kept),
    steps: script.steps.filter(({ of, id }) => of !== 'peers' || kept.includes(id ?? '')),
  }),
});

const steps = kind<ScriptedScenario['steps'][number]>({
  name: 'steps',
  parts: ({ steps }) => steps,
  keep: (script, kept) => ({ ...script, steps: kept }),
});

const sabotage = kind<string>({
  name: 'sabotage',
  parts: ({ sabotage }) => sabotage,
  keep: (script, kept) => ({ ...script, sabotage: kept }),
});

/** `room sent lossRatio`; `room script` for what changes over time. */
type Ailment = readonly [participant: string, where: 'sent' | 'received' | 'signalling' | 'script', what: string];

const impairments = kind<Ailment>({
  name: 'impairments',
  parts: (script) => Object.entries(script.participants).flatMap(([id, { network }]) => ailmentsOf(id, network)),
  keep: (script, kept) => ({
    ...script,
    participants: Object.fromEntries(
      Object.entries(script.participants).map(([id, { network, ...spec }]) => {
        const left = network === undefined ? undefined : networkOf(id, resolveNetwork(network), kept);
        return [id, left === undefined ? spec : { ...spec, network: left }];
      }),
    ),
  }),
});

const settings = kind<string>({
  name: 'settings of the conference',
  parts: ({ conference }) => Object.keys(conference ?? {}),
  keep: ({ conference, ...script }, kept) => {
    const left = only((conference ?? {}) as Record<string, unknown>, kept);
    return Object.keys(left).length === 0 ? script : { ...script, conference: left };
  },
});

/** What a scenario is made of, the dearest first: each probe is the cheaper for what is already gone. */
export const PART_KINDS: readonly PartKind<unknown>[] = [participants, peers, steps, sabotage, impairments, settings];

function only<T>(record: Readonly<Record<string, T>>, kept: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => kept.includes(key)));
}

function ailmentsOf(id: string, network: string | Network | undefined): Ailment[] {
  if (network === undefined) return [];
  const { sent = {}, received = {}, signalling = {}, script = [] } = resolveNetwork(network);
  const of = (where: 'sent' | 'received' | 'signalling', impairment: object): Ailment[] =>
    Object.keys(impairment).map((what) => [id, where, what] as const);
  return [
    ...of('sent', sent),
    ...of('received', received),
    ...of('signalling', signalling),
    ...script.map((_, i) => [id, 'script', String(i)] as const),
  ];
}

function networkOf(id: string, network: Network, kept: readonly Ailment[]): Network | undefined {
  const has = (where: Ailment[1], what: string): boolean =>
    kept.some((one) => one[0] === id && one[1] === where && one[2] === what);
  const left = (where: 'sent' | 'received' | 'signalling'): Partial<Network> => {
    const fields = Object.entries(network[where] ?? {}).filter(([what]) => has(where, what));
    return fields.length === 0 ? {} : { [where]: Object.fromEntries(fields) };
  };
  const script = (network.script ?? []).filter((_, i) => has('script', String(i)));
  const whole = {
    ...left('sent'),
    ...left('received'),
    ...left('signalling'),
    ...(script.length > 0 ? { script } : {}),
  };
  return Object.keys(whole).length === 0 ? undefined : whole;
}
