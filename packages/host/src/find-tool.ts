import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import { findExecutable } from './executable.ts';
import { installCommand } from './install-command.ts';
import { TOOL_TABLE, type ToolName, type ToolRow } from './tool-table.ts';

/** Whether a program is at hand: where and which, or why not and the exact command that mends it. */
export type ToolStatus =
  | { readonly found: true; readonly path: string; readonly version: string }
  | { readonly found: false; readonly reason: string; readonly fix: string };

const VERSION_TIMEOUT_MS = 10_000;
const known = new Map<ToolName, Promise<ToolStatus>>();

/**
 * Looks a program up: its environment variable, its npm package (`ffmpeg-static`), `PATH`, puppeteer's cache; and asks it for its version, so a
 * file that is there but cannot run is passed over. The answer is kept for the life of the process.
 */
export function findTool(name: ToolName): Promise<ToolStatus> {
  let status = known.get(name);
  if (!status) {
    status = lookUp(name);
    known.set(name, status);
  }
  return status;
}

async function lookUp(name: ToolName): Promise<ToolStatus> {
  const row = TOOL_TABLE[name];
  const chosen = process.env[row.variable];
  if (chosen) {
    const version = await readVersion(row, chosen);
    if (version.ok) return { found: true, path: findExecutable(chosen) as string, version: version.text };
    return {
      found: false,
      reason: `${row.variable} is ${JSON.stringify(chosen)}: ${version.text}`,
      fix: `unset ${row.variable}`,
    };
  }
  const faults: string[] = [];
  for (const path of candidates(name, row)) {
    const version = await readVersion(row, path);
    if (version.ok) return { found: true, path, version: version.text };
    faults.push(`${path}: ${version.text}`);
  }
  const reason = faults.length > 0 ? faults.join('; ') : `no ${row.commands.join(' or ')} in PATH`;
  return { found: false, reason, fix: installCommand(row.packages) };
}

function candidates(name: ToolName, row: ToolRow): string[] {
  const found = row.commands.map((command) => findExecutable(command)).filter((path) => path !== undefined);
  if (row.npmPackage) found.unshift(...fromPackage(row.npmPackage));
  if (row.puppeteer) found.push(...fromPuppeteer(row.puppeteer));
  // The twin of a chosen ffmpeg lies beside it.
  if (name === 'ffprobe' && process.env.FFMPEG_BIN)
    found.unshift(...executables(join(dirname(process.env.FFMPEG_BIN), 'ffprobe')));
  return found;
}

function fromPackage(name: string): string[] {
  try {
    const path: unknown = createRequire(import.meta.url)(name);
    return typeof path === 'string' ? executables(path) : [];
  } catch {
    return [];
  }
}

/** The bootstrap's own cache is `.cache/puppeteer`. Newest version first. */
function fromPuppeteer({ folder, executables: inside }: NonNullable<ToolRow['puppeteer']>): string[] {
  const caches = [
    process.env.PUPPETEER_CACHE_DIR,
    join(cacheDirectory(), 'puppeteer'),
    join(homedir(), '.cache', 'puppeteer'),
  ];
  return caches
    .filter((cache) => cache !== undefined)
    .map((cache) => join(cache, folder))
    .flatMap((root) =>
      listed(root)
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .flatMap((version) => inside.flatMap((path) => executables(join(root, version, path)))),
    );
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function executables(path: string): string[] {
  return findExecutable(path) === undefined ? [] : [path];
}

/** SIPp leaves with a failure code after printing its version: what counts is the text. */
async function readVersion(row: ToolRow, path: string): Promise<{ ok: boolean; text: string }> {
  const file = findExecutable(path);
  if (file === undefined) return { ok: false, text: 'no such executable' };
  return await new Promise((resolve) => {
    execFile(
      file,
      [...row.versionArguments],
      { timeout: VERSION_TIMEOUT_MS, killSignal: 'SIGKILL' },
      (fault, stdout, stderr) => {
        const version = row.versionPattern.exec(`${stdout}\n${stderr}`)?.[1];
        if (version) return resolve({ ok: true, text: version });
        const line = `${stderr}\n${stdout}`.trim().split('\n')[0];
        resolve({ ok: false, text: `tells no version (${line || fault?.message || 'it printed nothing'})` });
      },
    );
  });
}
