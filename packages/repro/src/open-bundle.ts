import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import { BundleFault } from './bundle-fault.ts';
import { type BundledFile, type BundleManifest, bundleManifestSchema, MANIFEST_NAME } from './bundle-manifest.ts';

/** What a bundle may be at most: a run of an hour is a hundredth of it. */
export const BUNDLE_LIMITS = {
  files: 10_000,
  bytes: 16 * 2 ** 30,
  manifestBytes: 8 * 2 ** 20,
  pathBytes: 512,
} as const;
/** A header, a long name before it, and padding. */
const ENTRY_OVERHEAD_BYTES = 4096;
/** Below these and nowhere else. */
const ROOTS = ['run/', 'scenarios/'] as const;

export interface OpenedBundle {
  readonly manifest: BundleManifest;
  /** The run's directory, as it was. */
  readonly runDir: string;
  /** What stands for the scenarios' root: the scenario's own sources. */
  readonly scenariosDir: string;
}

/**
 * Unpacks a bundle into a new directory. Whatever is in the file: nothing is written outside that directory, no more than the manifest promises, and each file
 * only where its digest is right; at any fault the directory is gone again.
 * @throws BundleFault
 */
export async function openBundle(path: string, directory: string): Promise<OpenedBundle> {
  if (existsSync(directory)) throw new BundleFault('target-exists', `${directory} is there already: choose another`);
  mkdirSync(directory, { recursive: true });
  try {
    const unpacking = new Unpacking(directory);
    const archive = extract();
    archive.on('entry', (entry, stream, next) => {
      unpacking.take(entry, stream as AsyncIterable<Buffer>).then(
        () => next(),
        (error: Error) => archive.destroy(error),
      );
    });
    await pipeline(createReadStream(path), createGunzip(), unpacking.meter(), archive);
    return { manifest: unpacking.finish(), runDir: join(directory, 'run'), scenariosDir: join(directory, 'scenarios') };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    if (error instanceof BundleFault) throw error;
    throw new BundleFault(
      'not-a-bundle',
      `${path} is no bundle: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Takes one entry after another. */
class Unpacking {
  readonly #directory: string;
  #manifest: BundleManifest | undefined;
  readonly #expected = new Map<string, BundledFile>();
  #allowedBytes: number = 2 * BUNDLE_LIMITS.manifestBytes;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Ends what goes on for longer than the manifest promises: zeros cost a packer nothing. */
  meter(): Transform {
    let passed = 0;
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        passed += chunk.length;
        if (passed <= this.#allowedBytes) done(null, chunk);
        else done(new BundleFault('too-large', 'there is more in it than its manifest says'));
      },
    });
  }

  async take({ name, type, size = 0 }: Header, stream: AsyncIterable<Buffer>): Promise<void> {
    if (type !== 'file') throw new BundleFault('unsafe-entry', `“${name}” is a ${type}: a bundle holds files alone`);
    if (!this.#manifest) {
      if (name !== MANIFEST_NAME)
        throw new BundleFault('not-a-bundle', `it begins with “${name}”, not with ${MANIFEST_NAME}`);
      this.#begin(await readAll(stream, size));
      return;
    }
    const file = this.#expected.get(name);
    if (!file) throw new BundleFault('unexpected-entry', `“${name}” is not in the manifest, or is there twice`);
    if (size !== file.bytes) throw new BundleFault('digest-differs', `“${name}” has ${size} bytes, not ${file.bytes}`);
    this.#expected.delete(name);
    await this.#write(file, stream);
  }

  /** @throws BundleFault where something is missing */
  finish(): BundleManifest {
    if (!this.#manifest) throw new BundleFault('not-a-bundle', 'there is nothing in it');
    const [missing] = this.#expected.keys();
    if (missing !== undefined)
      throw new BundleFault('entry-missing', `“${missing}” is in the manifest and not in the bundle`);
    return this.#manifest;
  }

  #begin(bytes: Buffer): void {
    const parsed = bundleManifestSchema.safeParse(parseJson(bytes));
    if (!parsed.success)
      throw new BundleFault('not-a-bundle', `its ${MANIFEST_NAME} is none: ${parsed.error.issues[0]?.message}`);
    const { files } = parsed.data;
    if (files.length > BUNDLE_LIMITS.files) throw new BundleFault('too-large', `${files.length} files are too many`);
    const bytesInAll = files.reduce((sum, file) => sum + file.bytes, 0);
    if (bytesInAll > BUNDLE_LIMITS.bytes) throw new BundleFault('too-large', `${bytesInAll} bytes are too many`);
    const seen = new Set<string>();
    for (const file of files) {
      refuseUnsafePath(file.path);
      // Two names that one disk takes for the same would overwrite each other.
      const folded = file.path.normalize('NFC').toLowerCase();
      if (seen.has(folded)) throw new BundleFault('unsafe-entry', `“${file.path}” is there twice`);
      seen.add(folded);
      this.#expected.set(file.path, file);
    }
    this.#allowedBytes += bytesInAll + files.length * ENTRY_OVERHEAD_BYTES;
    this.#manifest = parsed.data;
  }

  async #write({ path, sha256 }: BundledFile, stream: AsyncIterable<Buffer>): Promise<void> {
    const target = join(this.#directory, path);
    mkdirSync(dirname(target), { recursive: true });
    const hash = createHash('sha256');
    // `wx`: a name that some disk folds in a way not known here overwrites nothing.
    await using file = await open(target, 'wx', 0o644);
    for await (const chunk of stream) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
    if (hash.digest('hex') !== sha256)
      throw new BundleFault('digest-differs', `“${path}” is not what the manifest says`);
  }
}

function refuseUnsafePath(path: string): void {
  const isBelow = ROOTS.some((root) => path.startsWith(root) && path.length > root.length);
  const segments = path.split('/');
  const isPlain = segments.every(
    (segment) => segment !== '' && segment !== '.' && segment !== '..' && !/[. ]$/.test(segment),
  );
  // Backslashes, colons and control characters mean something to some system.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (isBelow && isPlain && !/[\\:\x00-\x1f\x7f]/.test(path) && Buffer.byteLength(path) <= BUNDLE_LIMITS.pathBytes)
    return;
  throw new BundleFault('unsafe-entry', `“${path}” is no path that is written`);
}

async function readAll(stream: AsyncIterable<Buffer>, size: number): Promise<Buffer> {
  if (size > BUNDLE_LIMITS.manifestBytes) throw new BundleFault('too-large', `a manifest of ${size} bytes is too long`);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
