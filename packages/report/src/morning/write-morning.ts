import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import { badgesOf } from './badge.ts';
import type { Morning } from './morning.ts';
import { morningDocument } from './morning-json.ts';
import { renderMorningJunit } from './morning-junit.ts';
import { renderMorningMarkdown } from './morning-markdown.ts';
import { renderMorningPage } from './morning-page.ts';

/** Writes `index.html`, `morning.json`, `morning.md`, `junit.xml` and `badges/` of a matrix run. */
export async function writeMorning(directory: string, morning: Morning): Promise<void> {
  await mkdir(join(directory, 'badges'), { recursive: true });
  await Promise.all([
    writeFileAtomically(join(directory, 'index.html'), renderMorningPage(morning)),
    writeFileAtomically(join(directory, 'morning.json'), `${JSON.stringify(morningDocument(morning), null, 2)}\n`),
    writeFileAtomically(join(directory, 'morning.md'), renderMorningMarkdown(morning)),
    writeFileAtomically(join(directory, 'junit.xml'), renderMorningJunit(morning)),
    ...Object.entries(badgesOf(morning)).map(([name, badge]) =>
      writeFileAtomically(join(directory, 'badges', `${name}.svg`), badge),
    ),
  ]);
}
