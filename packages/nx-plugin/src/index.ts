import { SourceGraph } from '@plugfest/sources';
import { SCENARIO_FILES, targetsOf } from './scenario-targets.ts';

export const name = '@plugfest/nx-plugin';

/** What Nx passes on. */
interface NxContext {
  readonly workspaceRoot: string;
}

/**
 * Nx asks for the targets of all scenarios at once: they belong to one project, that of their directory.
 * @see https://nx.dev/docs/extending-nx/project-graph-plugins
 */
export const createNodesV2 = [
  SCENARIO_FILES,
  (files: readonly string[], _options: unknown, { workspaceRoot }: NxContext) => {
    const [first] = files;
    if (first === undefined) return [];
    const targets = targetsOf(files, new SourceGraph(workspaceRoot));
    return [[first, { projects: { scenarios: { name: 'scenarios', root: 'scenarios', targets } } }]];
  },
] as const;

/** The name of newer versions for the same. */
export const createNodes = createNodesV2;
