import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheDirectory } from '@plugfest/host';
import { type OpenedBundle, openBundle } from '@plugfest/repro';
import {
  findScenarios,
  loadMatrix,
  loadScenario,
  RunDirectory,
  type ScenarioDefinition,
  type ScenarioFile,
  scenarioOfRow,
} from '@plugfest/scenario';
import { SCENARIOS_ROOT } from './paths.ts';
import { BadUse, type Given } from './pipeline.ts';

/** A run's directory, or a bundle that is unpacked for as long as it is looked at. */
export class RunSource implements Disposable {
  readonly run: RunDirectory;
  readonly #bundle: OpenedBundle | undefined;
  readonly #temporary: string | undefined;

  private constructor(run: RunDirectory, bundle?: OpenedBundle, temporary?: string) {
    this.run = run;
    this.#bundle = bundle;
    this.#temporary = temporary;
  }

  /** @throws BundleFault; BadUse where nothing is there */
  static async open(path: string): Promise<RunSource> {
    const absolute = resolve(path);
    const status = statSync(absolute, { throwIfNoEntry: false });
    if (!status) throw new BadUse(`${path} is not there: name a run’s directory (reports/latest) or a bundle`);
    if (status.isDirectory()) return new RunSource(new RunDirectory(absolute));
    // Below the project, so that a bundled scenario finds its packages.
    const temporary = mkdtempSync(join(cacheDirectory(), 'bundle-'));
    try {
      const bundle = await openBundle(absolute, join(temporary, 'unpacked'));
      return new RunSource(new RunDirectory(bundle.runDir), bundle, temporary);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * The scenario that it was a run of. One that came in a bundle and is not, byte for byte, this project's own is somebody else's program: it is run only where
   * that is said to be all right.
   * @throws BadUse
   */
  scenario(trust: boolean): ScenarioFile {
    const { id } = this.run.readPlan().scenario;
    if (!this.#bundle) {
      const [file] = findScenarios(id, SCENARIOS_ROOT);
      return file as ScenarioFile;
    }
    const { manifest, scenariosDir } = this.#bundle;
    const sources = manifest.files
      .filter(({ path }) => path.startsWith('scenarios/'))
      .map(({ path }) => path.slice(10));
    if (sources.length === 0) throw new BadUse(`the bundle holds no sources of ${id}: it cannot be run again from it`);
    const foreign = sources.filter((path) => !isSame(join(SCENARIOS_ROOT, path), join(scenariosDir, path)));
    if (foreign.length === 0) return { id, path: join(SCENARIOS_ROOT, `${id}.scenario.ts`) };
    if (trust) return { id, path: join(scenariosDir, `${id}.scenario.ts`) };
    throw new BadUse(
      `the bundle’s ${foreign.join(', ')} is not this project’s: look at it (plugfest unpack), then run it with --trust`,
    );
  }

  /** The same, loaded: of a matrix the row that was run. @throws BadUse, ScenarioNotFound */
  async given(
    trust: boolean,
  ): Promise<{ readonly file: ScenarioFile; readonly definition: ScenarioDefinition; readonly given?: Given }> {
    const { scenario, command } = this.run.readPlan();
    if (scenario.row === undefined) {
      const file = this.scenario(trust);
      return { file, definition: await loadScenario(file) };
    }
    if (this.#bundle)
      throw new BadUse(`${scenario.id} is a row of a matrix: of these, runs are run again, not bundles`);
    const definition = scenarioOfRow(await loadMatrix(scenario.file), scenario.row);
    const given = { definition, row: scenario.row, command: command.replace(/ --seed \d+$/, '') };
    return { file: { id: scenario.id, path: scenario.file }, definition, given };
  }

  [Symbol.dispose](): void {
    if (this.#temporary) rmSync(this.#temporary, { recursive: true, force: true });
  }
}

function isSame(a: string, b: string): boolean {
  const read = (path: string): Buffer | undefined =>
    statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
  const mine = read(a);
  return mine?.equals(read(b) ?? Buffer.alloc(0)) ?? false;
}
