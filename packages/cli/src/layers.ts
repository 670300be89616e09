/** The architecture as data: which package is in which layer. A package may import from lower layers only. */
export const LAYERS: Readonly<Record<string, number>> = {
  model: 0,
  host: 1,
  sip: 1,
  sdp: 1,
  covering: 1,
  history: 1,
  sources: 1,
  rtp: 1,
  bfcp: 1,
  media: 2,
  quality: 2,
  wire: 2,
  'sip-node': 2,
  bridge: 3,
  federation: 3,
  'sipp-ts-wrapper': 3,
  endpoints: 3,
  probe: 3,
  scenario: 4,
  report: 5,
  repro: 5,
  certify: 5,
  lab: 5,
  'nx-plugin': 2,
  cli: 6,
};

/** Edges within a layer that are allowed, `from → to`. */
export const SIDEWAYS: readonly (readonly [from: string, to: string])[] = [
  ['quality', 'media'],
  ['endpoints', 'federation'],
  ['endpoints', 'sipp-ts-wrapper'],
  ['endpoints', 'bridge'],
  ['certify', 'report'],
  ['certify', 'repro'],
];

/** Of these, the ones that only tests may use: the endpoints' contract is held against a real bridge. */
export const SIDEWAYS_IN_TESTS: readonly (readonly [from: string, to: string])[] = [['endpoints', 'bridge']];

/** No `node:*` but `node:crypto`, no time, timers, randomness, console or process of their own: these come in as ports. */
export const PURE: readonly string[] = ['model', 'sip', 'sdp', 'rtp', 'bfcp', 'covering'];

/** A dependency of one package on another, and where it was seen. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly where: string;
}

/** What is wrong with the edges, one sentence each; nothing where all point downward. */
export function checkLayers(edges: readonly Edge[]): string[] {
  const wrong = edges.flatMap((edge) => wrongEdge(edge) ?? []);
  const cycles = findCycles(edges).map((cycle) => `cycle: ${cycle.join(' → ')}`);
  return [...wrong, ...cycles];
}

function wrongEdge({ from, to, where }: Edge): string | undefined {
  const [fromLayer, toLayer] = [LAYERS[from], LAYERS[to]];
  const edge = `${from} → ${to} (${where})`;
  if (fromLayer === undefined) return `${edge}: ${from} has no layer in layers.ts`;
  if (toLayer === undefined) return `${edge}: ${to} has no layer in layers.ts`;
  if (toLayer > fromLayer) return `${edge}: upward, from layer ${fromLayer} to layer ${toLayer}`;
  const listed = SIDEWAYS.some(([a, b]) => a === from && b === to);
  if (toLayer === fromLayer && !listed) return `${edge}: sideways in layer ${fromLayer}, and not listed`;
  return undefined;
}

/** One cycle for each package that closes one, as the path from it back to it. */
function findCycles(edges: readonly Edge[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const done = new Set<string>();
  const cycles: string[][] = [];
  const visit = (name: string, path: readonly string[]): void => {
    const start = path.indexOf(name);
    if (start !== -1) cycles.push([...path.slice(start), name]);
    if (start !== -1 || done.has(name)) return;
    for (const to of next.get(name) ?? []) visit(to, [...path, name]);
    done.add(name);
  };
  for (const name of next.keys()) visit(name, []);
  return cycles;
}
