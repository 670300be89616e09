import { join, relative, resolve } from 'node:path';
import { FORMS, type Form, newEndpoint, slugOf } from '@plugfest/certify';
import { EXIT } from '@plugfest/model';
import { BadUse } from '../bad-use.ts';
import { PROJECT_ROOT } from '../paths.ts';

/** Writes the files that an endpoint begins with, and says what to do with them. */
export function newFiles(
  what: string,
  name: string,
  options: { readonly form: string; readonly output?: string },
): number {
  if (what !== 'endpoint') throw new BadUse(`there is no template of “${what}”: plugfest new endpoint <name>`);
  const form = FORMS.find((known) => known === options.form);
  if (!form) throw new BadUse(`--form: there are ${FORMS.join(', ')}`);
  const directory = resolve(options.output ?? join(PROJECT_ROOT, 'endpoints', slugOf(name)));
  const files = newEndpoint(name, form, directory).map((file) => relative(process.cwd(), file));
  process.stdout.write(`${files.join('\n')}\n\n${nextSteps(form, files)}`);
  return EXIT.pass;
}

function nextSteps(form: Form, files: readonly string[]): string {
  const ending = (suffix: string): string => files.find((file) => file.endsWith(suffix)) ?? '';
  const build = form === 'container' ? `docker build -t <image> ${join(ending('Dockerfile'), '..')}\n` : '';
  const suite = form === 'page' ? 'webrtc-client' : 'sip-room';
  return `${build}./plugfest run ${ending('.scenario.ts')}\n./plugfest certify --endpoint ${ending('.endpoint.ts')} --suite ${suite}\n`;
}
