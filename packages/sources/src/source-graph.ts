import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { ENDPOINT_KINDS, type EndpointKind } from '@plugfest/model';

/** Where endpoints are loaded one by one: a run loads those of its participants only. */
const ENDPOINT_TABLE = 'packages/endpoints/src/index.ts';
/** What measures every run, though no scenario imports it. */
const ALWAYS = ['packages/quality/src/index.ts'];
/** What everything depends on. */
const GLOBAL = /^(package(-lock)?\.json|tsconfig.*\.json|plugfest|packages\/[^/]+\/package\.json)$/;
const NOT_CODE = /\.(md|test\.ts)$/;
/** Text in quotes: an import's specifier, or the file of a worker, a process, a script or a page beside it. */
const QUOTED = /(?<!\\)(['"`])((?:\.{1,2}\/)?[\w@./-]+)\1/g;
const SCOPE = '@plugfest/';

/** Which files a run of a scenario is made of, by what they name in quotes. */
export class SourceGraph {
  readonly #root: string;
  readonly #edges = new Map<string, readonly string[]>();
  /** By kind of endpoint, the file that the table loads for it. */
  readonly #entries: ReadonlyMap<string, string>;

  constructor(root: string) {
    this.#root = root;
    const table = join(root, ENDPOINT_TABLE);
    const text = existsSync(table) ? readFileSync(table, 'utf8') : '';
    this.#entries = new Map(
      Array.from(text.matchAll(TABLE_ROW), ([, kind = '', file = '']) => [kind, join(dirname(ENDPOINT_TABLE), file)]),
    );
  }

  /** The scenario's own files: itself, and what it imports outside of the packages; as given to the root, sorted. */
  scenarioFilesOf(file: string): string[] {
    const all = this.#closure([this.#inside(file)], () => true);
    return all.filter((path) => !path.startsWith('packages/')).sort();
  }

  /** Whatever an endpoint table can load. */
  get kinds(): EndpointKind[] {
    return ENDPOINT_KINDS.filter((kind) => this.#entries.has(kind));
  }

  /** All files of a run with endpoints of these kinds. */
  filesOf(file: string, kinds: readonly EndpointKind[]): Set<string> {
    const entries = kinds.flatMap((kind) => this.#entries.get(kind) ?? []);
    const inTable = new Set(this.#entries.values());
    const isLoaded = (from: string, to: string): boolean => from !== ENDPOINT_TABLE || !inTable.has(to);
    return new Set(this.#closure([this.#inside(file), ...ALWAYS, ...entries], isLoaded));
  }

  isAffected(file: string, kinds: readonly EndpointKind[], changed: readonly string[]): boolean {
    const code = changed.filter((path) => !NOT_CODE.test(path));
    if (code.some((path) => GLOBAL.test(path))) return true;
    const files = this.filesOf(file, kinds);
    return code.some((path) => files.has(path) || this.#isGoneFrom(path, files));
  }

  /** A file that is gone has no edges any more; whoever named it lies beside it, most likely. */
  #isGoneFrom(path: string, files: ReadonlySet<string>): boolean {
    if (existsSync(join(this.#root, path))) return false;
    return [...files].some((file) => dirname(file) === dirname(path));
  }

  #closure(start: readonly string[], follows: (from: string, to: string) => boolean): string[] {
    const found = new Set<string>();
    const open = [...start];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      if (found.has(path)) continue;
      found.add(path);
      for (const next of this.#edgesOf(path)) if (follows(path, next)) open.push(next);
    }
    return [...found];
  }

  #edgesOf(path: string): readonly string[] {
    const known = this.#edges.get(path);
    if (known) return known;
    const edges = /\.(ts|js|mjs|svelte|html|py)$/.test(path) ? this.#namedIn(path) : [];
    this.#edges.set(path, edges);
    return edges;
  }

  #namedIn(path: string): string[] {
    const text = readFileSync(join(this.#root, path), 'utf8');
    const named = Array.from(text.matchAll(QUOTED), ([, , name = '']) => this.#resolve(path, name));
    return [...new Set(named.filter((each) => each !== undefined))];
  }

  #resolve(from: string, name: string): string | undefined {
    if (name.startsWith(SCOPE)) return this.#packageFile(name.slice(SCOPE.length));
    const path = this.#inside(resolve(this.#root, dirname(from), name));
    const status = path.startsWith('..') ? undefined : statSync(join(this.#root, path), { throwIfNoEntry: false });
    return status?.isFile() ? path : undefined;
  }

  #packageFile(specifier: string): string | undefined {
    const [name = '', ...rest] = specifier.split('/');
    const below = rest.length > 0 ? `src/${rest.join('/')}.ts` : 'src/index.ts';
    const path = `packages/${name}/${below}`;
    return existsSync(join(this.#root, path)) ? path : undefined;
  }

  #inside(file: string): string {
    return relative(this.#root, resolve(this.#root, file)).replaceAll('\\', '/');
  }
}

/** A row of the table: `'sip-room': async (context) => (await import('./sip-room/sip-room.ts'))`. */
const TABLE_ROW = /^ {2}'?([\w-]+)'?: async[^:]*?\bimport\('\.\/([^']+)'\)/gm;
