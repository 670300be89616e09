import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { BRIDGE_REQUIREMENTS, BRIDGE_TRIALS } from './bridge-requirements.ts';

test('the bridge’s suite has a row for each scenario of scenarios/bugs, and for nothing else', async () => {
  const files = globSync(`${resolve(import.meta.dirname, '../../../scenarios', BRIDGE_TRIALS)}/*.scenario.ts`);
  const scenarios = files.map((file) => `${BRIDGE_TRIALS}${basename(file, '.scenario.ts')}`);
  expect(BRIDGE_REQUIREMENTS.map(({ trial }) => trial).sort()).toEqual(scenarios.sort());
});
