import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { EXIT } from '@plugfest/model';
import { BundleFault, openBundle, writeBundle } from '@plugfest/repro';
import { RunDirectory } from '@plugfest/scenario';
import { SCENARIOS_ROOT } from '../paths.ts';
import { BadUse } from '../pipeline.ts';

export interface BundleCommandOptions {
  readonly output?: string;
  readonly redact: boolean;
  /** Commander's word for `--no-media`. */
  readonly media: boolean;
}

const SUFFIX = '.plugfest.tgz';

/** Packs a run into one file. */
export async function bundle(path: string, { output, redact, media }: BundleCommandOptions): Promise<number> {
  const run = new RunDirectory(resolve(path));
  const { runId } = run.readPlan();
  const target = resolve(output ?? `${runId}${SUFFIX}`);
  const manifest = await writeBundle(run, target, { redact, noMedia: !media, scenariosRoot: SCENARIOS_ROOT });
  const megabytes = (statSync(target).size / 1e6).toFixed(1);
  process.stdout.write(`${relative(process.cwd(), target)}: ${manifest.files.length} files, ${megabytes} MB\n`);
  for (const what of manifest.leftOut) process.stdout.write(`  left out: ${what}\n`);
  return EXIT.pass;
}

/** Unpacks a bundle into a directory that is not there yet. */
export async function unpack(path: string, directory: string | undefined): Promise<number> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) throw new BadUse(`${path} is no file`);
  const target = resolve(directory ?? path.replace(/(\.plugfest)?\.t(ar\.)?gz$/, '') ?? 'bundle');
  try {
    const { manifest, runDir } = await openBundle(resolve(path), target);
    process.stdout.write(
      `${relative(process.cwd(), runDir)}: ${manifest.title}, ${manifest.verdict}; every digest is right\n`,
    );
    return EXIT.pass;
  } catch (error) {
    if (!(error instanceof BundleFault)) throw error;
    process.stderr.write(`${path}: ${error.message} (${error.code}); nothing was left on the disk\n`);
    return EXIT.badUse;
  }
}
