import type { SourceGraph } from '@plugfest/sources';

/** Below the workspace's root. */
export const SCENARIO_FILES = 'scenarios/**/*.scenario.ts';

/** Says of every tool that a run may use which version there is: another one is another result. */
const TOOL_VERSIONS = 'node packages/nx-plugin/src/tool-versions.ts';

/** As Nx reads it. */
export interface Target {
  readonly executor?: string;
  readonly command?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly cache: boolean;
  /** Media are measured: nothing else runs meanwhile. */
  readonly parallelism?: false;
  readonly inputs?: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly outputs?: readonly string[];
  readonly dependsOn?: readonly string[];
  readonly metadata: { readonly technologies: readonly string[]; readonly description: string };
}

/**
 * `scenario--<id>` runs one scenario, cached under the files that its run is made of and the versions of the tools. `scenario` runs them all,
 * so that `nx affected -t scenario` takes what is unchanged from the cache, a remote one too.
 */
export function targetsOf(files: readonly string[], graph: SourceGraph): Record<string, Target> {
  const each = files.map((file) => [`scenario--${idOf(file)}`, targetOf(file, graph)] as const);
  const all: Target = {
    executor: 'nx:noop',
    cache: true,
    inputs: [],
    dependsOn: each.map(([name]) => name),
    metadata: { technologies: ['plugfest'], description: 'Run every scenario' },
  };
  return { ...Object.fromEntries(each), scenario: all };
}

function targetOf(file: string, graph: SourceGraph): Target {
  const id = idOf(file);
  const reports = `reports/nx/${id}`;
  const sources = [...graph.filesOf(file, graph.kinds)].sort();
  return {
    command: `./plugfest run scenarios/${id} --reports ${reports}`,
    options: { cwd: '{workspaceRoot}' },
    cache: true,
    parallelism: false,
    inputs: [
      ...[...sources, 'package-lock.json'].map((path) => `{workspaceRoot}/${path}`),
      { runtime: TOOL_VERSIONS },
      { env: 'PLUGFEST_SIPP' },
      { env: 'PLUGFEST_CHROMIUM' },
    ],
    outputs: [`{workspaceRoot}/${reports}`],
    metadata: { technologies: ['plugfest'], description: `Run the scenario ${id}` },
  };
}

/** `scenarios/bugs/1.scenario.ts` → `bugs/1` */
function idOf(file: string): string {
  return file.replace(/^scenarios\//, '').replace(/\.scenario\.ts$/, '');
}
