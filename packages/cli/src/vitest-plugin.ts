import { resolve } from 'node:path';

const HOST = resolve(import.meta.dirname, 'vitest-host.ts');
const SCENARIO = /\.scenario\.ts$/;

/** What of a Vite plugin is used here. */
interface TransformPlugin {
  readonly name: string;
  readonly enforce: 'post';
  readonly transform: (code: string, id: string) => { code: string; map: null } | undefined;
}

/** Makes a Vitest test of each scenario file, in the file itself: an editor's test panel finds it, runs it, and stops at breakpoints in its steps. */
export function scenarioTests(): TransformPlugin {
  return {
    name: 'plugfest-scenarios',
    enforce: 'post',
    transform: (code, id) => (SCENARIO.test(id) ? { code: `${code}\n${registration(id)}`, map: null } : undefined),
  };
}

/** A scenario that another one imports is no test of that one's file. */
function registration(id: string): string {
  return [
    `import { expect as plugfestExpect, test as plugfestTest } from 'vitest';`,
    `if (plugfestExpect.getState().testPath === ${JSON.stringify(id)})`,
    `  plugfestTest(${JSON.stringify(id.replace(/^.*\//, '').replace(SCENARIO, ''))}, async (context) => {`,
    `    const { runAsTest } = await import(${JSON.stringify(HOST)});`,
    `    await runAsTest(${JSON.stringify(id)}, context);`,
    `  });`,
  ].join('\n');
}
