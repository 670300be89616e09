import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, globSync, renameSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { RunDirectory } from '@plugfest/scenario';
import { withoutMedia, withoutSecrets } from '@plugfest/wire';
import { type Pack, pack } from 'tar-stream';
import { type BundledFile, type BundleManifest, MANIFEST_NAME } from './bundle-manifest.ts';
import { scenarioSources } from './scenario-sources.ts';

export interface BundleOptions {
  /** Leave out keys, opened captures and the logs of tools. */
  readonly redact?: boolean;
  /** Leave out what was said and shown: captures, pictures, and the payloads of recorded media packets. */
  readonly noMedia?: boolean;
  /** Where scenarios are. */
  readonly scenariosRoot: string;
  readonly onFile?: (path: string) => void;
}

/** One rule of what stays behind. */
interface LeaveOut {
  readonly when: 'redact' | 'noMedia';
  readonly what: string;
  readonly pattern: RegExp;
}

const LEAVE_OUT: readonly LeaveOut[] = [
  { when: 'redact', what: 'keys of encrypted media', pattern: /^captures\/(secrets\.json|dtls-keys\.jsonl)$/ },
  { when: 'redact', what: 'packets whose media were decrypted', pattern: /\.decrypted\.pcapng$/ },
  { when: 'redact', what: 'logs and configurations of the tools that played participants', pattern: /^work\// },
  {
    when: 'noMedia',
    what: 'captures of what participants saw and heard',
    pattern: /^captures\/.*\.(mkv|wav|mp4)(\.json)?$/,
  },
  { when: 'noMedia', what: 'pictures', pattern: /^pictures\// },
  { when: 'noMedia', what: 'packets whose media were decrypted', pattern: /\.decrypted\.pcapng$/ },
  // It shows pictures in itself.
  { when: 'noMedia', what: 'the report page', pattern: /^index\.html$/ },
];
const RECORDING = 'captures/run.pcapng';

/** A file of the bundle, and where its bytes are. */
interface Source extends BundledFile {
  readonly from: string | Buffer;
}

/** Packs a run into one file: plan, events, evidence, verdict, report, and the scenario's sources. Returns what is in it. @throws where the run or the target cannot be read or written */
export async function writeBundle(run: RunDirectory, target: string, options: BundleOptions): Promise<BundleManifest> {
  const plan = run.readPlan();
  const { verdict } = run.readVerdict();
  const rules = LEAVE_OUT.filter(({ when }) => options[when]);
  const sources = [
    ...(await runFiles(run, rules, options)),
    ...(await scenarioFiles(plan.scenario.file, options.scenariosRoot)),
  ];
  const manifest: BundleManifest = {
    format: 'plugfest-bundle',
    version: 1,
    runId: plan.runId,
    scenario: plan.scenario.id,
    title: plan.scenario.title,
    verdict,
    command: plan.command,
    environment: plan.environment,
    leftOut: [...new Set(rules.map(({ what }) => what)), ...(options.noMedia ? ['payloads of media packets'] : [])],
    files: sources.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
  };
  const temporary = `${target}.${process.pid}`;
  try {
    const archive = pack();
    await Promise.all([
      pipeline(archive, createGzip({ level: 6 }), createWriteStream(temporary)),
      fill(archive, manifest, sources, options.onFile),
    ]);
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
  return manifest;
}

async function runFiles(run: RunDirectory, rules: readonly LeaveOut[], options: BundleOptions): Promise<Source[]> {
  const names = globSync('**/*', { cwd: run.path, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(run.path.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter((name) => !rules.some(({ pattern }) => pattern.test(name)))
    .sort();
  return Promise.all(
    names.map(async (name) => {
      const isWhole = name !== RECORDING || !(options.noMedia || options.redact);
      return describe(`run/${name}`, isWhole ? run.file(name) : await recordingFor(run.file(name), options));
    }),
  );
}

/** What may go along of the packets: their secrets stand in the file itself. */
async function recordingFor(path: string, { redact, noMedia }: BundleOptions): Promise<Buffer> {
  const recording = await readFile(path);
  const kept = redact ? withoutSecrets(recording) : recording;
  return noMedia ? withoutMedia(kept) : kept;
}

async function scenarioFiles(file: string, root: string): Promise<Source[]> {
  return Promise.all(scenarioSources(file, root).map((name) => describe(`scenarios/${name}`, join(root, name))));
}

async function describe(path: string, from: string | Buffer): Promise<Source> {
  const hash = createHash('sha256');
  if (typeof from === 'string') await pipeline(createReadStream(from), hash);
  else hash.update(from);
  return {
    path,
    from,
    bytes: typeof from === 'string' ? statSync(from).size : from.length,
    sha256: hash.digest('hex'),
  };
}

async function fill(
  archive: Pack,
  manifest: BundleManifest,
  sources: readonly Source[],
  onFile?: (path: string) => void,
) {
  await add(archive, MANIFEST_NAME, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  for (const { path, bytes, from } of sources) {
    onFile?.(path);
    if (typeof from === 'string') await pipeline(createReadStream(from), archive.entry(header(path, bytes)));
    else await add(archive, path, from);
  }
  archive.finalize();
}

/** No times and owners: they would say more of the machine than of the run. */
function header(name: string, size: number): { name: string; size: number; mtime: Date; mode: number } {
  return { name, size, mtime: new Date(0), mode: 0o644 };
}

function add(archive: Pack, name: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    archive.entry(header(name, bytes.length), bytes, (error) => (error ? reject(error) : resolve()));
  });
}
