import { existsSync, globSync, statSync } from 'node:fs';
import { basename, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ScenarioDefinition } from './definition.ts';

const SUFFIX = '.scenario.ts';

/** A scenario that was found on disk. */
export interface ScenarioFile {
  /** Path below the scenarios' root without its suffix, e.g. `federation/provider-disabled`. */
  readonly id: string;
  readonly path: string;
}

/** Thrown for a path that leads to no scenario, or a file that is none. */
export class ScenarioNotFound extends Error {
  readonly code = 'scenario-not-found';
}

/**
 * The scenarios that a path names: a file, a file without its suffix, or a directory with all below it.
 * @throws {ScenarioNotFound} with what there is instead.
 */
export function findScenarios(path: string, root: string): ScenarioFile[] {
  const absolute = resolve(path);
  const candidates = [
    absolute,
    `${absolute}${SUFFIX}`,
    resolve(root, path),
    resolve(root, `${path}${SUFFIX}`),
    resolve(root, '..', path),
    resolve(root, '..', `${path}${SUFFIX}`),
  ];
  const found = candidates.find(
    (candidate) => existsSync(candidate) && (statSync(candidate).isDirectory() || candidate.endsWith(SUFFIX)),
  );
  const files = found === undefined ? [] : statSync(found).isDirectory() ? below(found) : [found];
  if (files.length === 0) {
    const known = existsSync(root) ? below(root).map((file) => idOf(file, root)) : [];
    throw new ScenarioNotFound(`no scenario at “${path}”. There are: ${known.join(', ') || 'none'}`);
  }
  return files.map((file) => ({ id: idOf(file, root), path: file }));
}

/**
 * Imports a scenario file's default export.
 * @throws {ScenarioNotFound} where it has no scenario as its default export.
 */
export async function loadScenario(file: ScenarioFile): Promise<ScenarioDefinition> {
  const module = (await import(pathToFileURL(file.path).href)) as { default?: Partial<ScenarioDefinition> };
  const definition = module.default;
  if (!definition?.title || !definition.participants || !definition.steps || !definition.expects) {
    throw new ScenarioNotFound(
      `${file.path} has no scenario({ title, participants, steps, expects }) as its default export`,
    );
  }
  return definition as ScenarioDefinition;
}

function below(directory: string): string[] {
  return globSync(`**/*${SUFFIX}`, { cwd: directory })
    .sort()
    .map((file) => resolve(directory, file));
}

function idOf(file: string, root: string): string {
  const inside = relative(root, file);
  return (inside.startsWith('..') ? basename(file) : inside).slice(0, -SUFFIX.length).replaceAll('\\', '/');
}
