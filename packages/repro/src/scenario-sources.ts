import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

/** `import … from './x.ts'` and `export … from './x.ts'`: what scenarios bring from beside them. */
const RELATIVE_IMPORT = /\bfrom\s+['"](\.{1,2}\/[^'"]+)['"]/g;

/** A scenario's file and those that it imports from below the scenarios' root, relative to that. A file outside is left out: it is not the root's to give away. */
export function scenarioSources(file: string, root: string): string[] {
  const found = new Set<string>();
  const open = [resolve(file)];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const inside = relative(root, path);
    if (found.has(inside) || inside.startsWith('..') || !existsSync(path)) continue;
    found.add(inside);
    for (const [, specifier] of readFileSync(path, 'utf8').matchAll(RELATIVE_IMPORT))
      open.push(resolve(dirname(path), specifier as string));
  }
  return [...found].map((path) => path.replaceAll('\\', '/')).sort();
}
