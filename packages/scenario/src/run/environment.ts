import { arch, cpus, release, totalmem, type } from 'node:os';
import { findTool, type ToolName } from '@plugfest/host';

const TOOLS: readonly ToolName[] = ['ffmpeg', 'sipp', 'chromium', 'espeak-ng'];

/** Versions of what took part, for the plan and the report. */
export async function describeEnvironment(version: string): Promise<Record<string, string>> {
  const tools = await Promise.all(TOOLS.map(async (name) => [name, await findTool(name)] as const));
  return {
    plugfest: version,
    node: process.version,
    system: `${type()} ${release()} ${arch()}`,
    machine: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    ...Object.fromEntries(
      tools.map(([name, status]) => [name, status.found ? status.version : `missing: ${status.reason}`]),
    ),
  };
}
