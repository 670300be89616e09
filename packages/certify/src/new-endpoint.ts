import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

const TEMPLATES = resolve(import.meta.dirname, '../templates');
const PROJECT = resolve(import.meta.dirname, '../../..');

/** The forms that a device under test comes in. */
export const FORMS = ['command', 'page', 'device', 'container'] as const;
export type Form = (typeof FORMS)[number];

/** Thrown for a name or a place that cannot be used. */
export class NewEndpointFault extends Error {
  readonly code = 'bad-use';
}

/**
 * Writes the files that an endpoint of others begins with; they run as they are.
 * @returns their paths
 * @throws NewEndpointFault
 */
export function newEndpoint(name: string, form: Form, directory: string): string[] {
  const slug = slugOf(name);
  if (existsSync(directory) && readdirSync(directory).length > 0)
    throw new NewEndpointFault(`${directory} is there already: nothing was written`);
  mkdirSync(directory, { recursive: true });
  try {
    cpSync(join(TEMPLATES, form), directory, { recursive: true });
    for (const file of readdirSync(directory)) fillIn(directory, file, name, slug);
    const manifest = { name: slug, private: true, type: 'module' };
    writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    writeFileSync(join(directory, 'tsconfig.json'), `${JSON.stringify(typeScriptOf(directory), null, 2)}\n`);
  } catch (cause) {
    rmSync(directory, { recursive: true, force: true });
    throw cause;
  }
  return readdirSync(directory)
    .sort()
    .map((file) => join(directory, file));
}

/** A name as a part of a file's name. */
export function slugOf(name: string): string {
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug || 'endpoint';
}

/** A name is written into strings between apostrophes, and into a SIP header: what would end them is left out. */
function fillIn(directory: string, file: string, name: string, slug: string): void {
  const path = join(directory, file);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const harmless = name.replace(/[\u0000-\u001f\u007f'"`\\$<>]/g, ' ').trim() || slug;
  const text = readFileSync(path, 'utf8')
    .replaceAll('NAME_OF_THE_ENDPOINT', () => harmless)
    .replaceAll('NAME_OF_THE_IMAGE', slug)
    .replaceAll('./NAME.endpoint.ts', `./${slug}.endpoint.ts`);
  writeFileSync(path, text);
  renameSync(path, join(directory, file.replace(/^NAME/, slug)));
}

/** Types as in the project, also where the files lie elsewhere. */
function typeScriptOf(directory: string): object {
  const root = relative(directory, PROJECT) || '.';
  return {
    extends: `${root}/tsconfig.base.json`,
    compilerOptions: {
      typeRoots: [`${root}/node_modules/@types`],
      paths: { '@plugfest/*': [`${root}/node_modules/@plugfest/*/src/index.ts`] },
    },
    include: ['*.ts'],
  };
}
