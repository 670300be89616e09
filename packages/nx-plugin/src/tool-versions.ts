import { findTool, type ToolName } from '@plugfest/host';

const TOOLS: readonly ToolName[] = ['ffmpeg', 'sipp', 'chromium', 'firefox', 'baresip', 'kamailio', 'espeak-ng'];

const found = await Promise.all(TOOLS.map(async (name) => [name, await findTool(name)] as const));
for (const [name, status] of found) console.log(`${name} ${status.found ? status.version : 'missing'}`);
console.log(`node ${process.version}`);
