import { defineConfig } from 'vitest/config';
import { scenarioTests } from './packages/cli/src/vitest-plugin.ts';

/** Scenarios in an editor's test panel, or `npx vitest run --config vitest.scenarios.config.ts hello`: real conferences, one at a time. */
export default defineConfig({
  plugins: [scenarioTests()],
  test: {
    include: ['scenarios/**/*.scenario.ts'],
    testTimeout: 300_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
  },
});
