import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { expand, findScenarios, loadScenario } from '@plugfest/scenario';
import { describe, expect, it, onTestFinished } from 'vitest';

/** The scenarios that the documentation shows, as a reader would save them. */
function scenariosIn(document: string): string[] {
  const text = readFileSync(join(repositoryRoot, document), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```/gms)]
    .map(([, code = '']) => code)
    .filter((code) => /export default (scenario|bug)\(/.test(code));
}

describe('a scenario of the documentation', () => {
  it.each(['docs/federation.md', 'docs/bugs.md'])('in %s loads and is planned as it is printed', async (document) => {
    const codes = scenariosIn(document);
    expect(codes.length).toBeGreaterThan(0);
    // Within the repository, so that its imports are found.
    await mkdir(join(repositoryRoot, '.cache'), { recursive: true });
    const directory = await mkdtemp(join(repositoryRoot, '.cache', 'documented-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    for (const [at, code] of codes.entries()) {
      const folder = join(directory, `${at}`);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'shown.scenario.ts'), code);
      const [file] = findScenarios(folder, folder);
      if (!file) throw new Error('not found again');
      const definition = await loadScenario(file);
      const plan = expand(definition, {
        ...{
          runId: 'x',
          scenarioId: 'x',
          file: file.path,
          seed: 1,
          random: seededRandom(1),
          createdAt: '',
          command: '',
        },
        ...{ sabotage: [], satisfied: false, environment: {} },
      });
      expect(plan.expectations.length).toBeGreaterThan(0);
    }
  });
});
