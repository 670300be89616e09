import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findScenarios, loadScenario, ScenarioNotFound } from './scenario-file.ts';

const ROOT = resolve(import.meta.dirname, '../../../scenarios');

describe('scenarios on disk', () => {
  it.each(['scenarios/hello', 'hello', 'scenarios/hello.scenario.ts', resolve(ROOT, 'hello.scenario.ts')])(
    '%s names one',
    (path) => {
      expect(findScenarios(path, ROOT).map(({ id }) => id)).toEqual(['hello']);
    },
  );

  it('are found below a directory', () => {
    const onDisk = readdirSync(resolve(ROOT, 'federation')).filter((name) => name.endsWith('.scenario.ts'));
    expect(onDisk.length).toBeGreaterThan(5);
    expect(findScenarios('federation', ROOT).length).toBe(onDisk.length);
  });

  it('that are not there are answered with those that are', () => {
    expect(() => findScenarios('helo', ROOT)).toThrow(ScenarioNotFound);
    expect(() => findScenarios('helo', ROOT)).toThrow('hello');
  });

  it('all load', async () => {
    for (const file of findScenarios(ROOT, ROOT)) expect((await loadScenario(file)).title.length).toBeGreaterThan(5);
  });
});
