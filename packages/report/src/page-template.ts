import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { cacheDirectory, writeFileAtomically } from '@plugfest/host';

const APP = resolve(import.meta.dirname, '../app');

/** Where the run's data goes in the built page. */
export const DATA_PLACE = '<script type="application/json" id="run-data"></script>';

/**
 * The report page without its data: the Svelte app of `app/` in one HTML file, built when its sources have changed and kept in the cache.
 * Its content security policy lets run what we built and nothing else.
 */
export async function pageTemplate(): Promise<string> {
  const path = join(cacheDirectory(), `report-page-${digestOfSources()}.html`);
  if (!existsSync(path)) {
    mkdirSync(cacheDirectory(), { recursive: true });
    await writeFileAtomically(path, withPolicy(await build()));
  }
  return readFileSync(path, 'utf8');
}

function digestOfSources(): string {
  const hash = createHash('sha256');
  // The app also imports from `src`.
  const paths = [APP, import.meta.dirname].flatMap((folder) =>
    globSync('**/*.{svelte,ts,css,html}', { cwd: folder }).map((name) => join(folder, name)),
  );
  for (const path of paths.sort()) hash.update(basename(path)).update('\0').update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}

async function build(): Promise<string> {
  const [vite, { svelte }, { viteSingleFile }] = await Promise.all([
    import('vite'),
    import('@sveltejs/vite-plugin-svelte'),
    import('vite-plugin-singlefile'),
  ]);
  const output = await vite.build({
    root: APP,
    configFile: false,
    logLevel: 'error',
    plugins: [svelte({ configFile: false }), viteSingleFile()],
    build: { write: false, minify: true, target: 'es2022' },
  });
  const chunks = (Array.isArray(output) ? output : [output]).flatMap((part) => ('output' in part ? part.output : []));
  const html = chunks.find(({ fileName }) => fileName === 'index.html');
  if (html?.type !== 'asset') throw new Error('the report page was built without index.html');
  return typeof html.source === 'string' ? html.source : Buffer.from(html.source).toString('utf8');
}

function withPolicy(html: string): string {
  const scripts = [...html.matchAll(/<script type="module"[^>]*>([\s\S]*?)<\/script>/g)].map(([, text]) => text ?? '');
  const hashes = scripts.map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  const policy = `default-src 'none'; script-src ${hashes.join(' ')}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  if (!html.includes(DATA_PLACE)) throw new Error('the report page has no place for its data');
  return html.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`);
}
