import { findTool, type ToolName } from '@plugfest/host';
import { EXIT } from '@plugfest/model';
import { style, table } from '../terminal.ts';

/** What each tool is for, so that its absence can be weighed. */
const COSTS: readonly (readonly [ToolName, string])[] = [
  ['ffmpeg', 'SIP rooms: their media is sent, received and captured by it'],
  ['sipp', 'SIP rooms: their signalling'],
  ['chromium', 'browser participants'],
  ['espeak-ng', 'every participant: their speech is made with it, once, then cached'],
  ['tshark', 'checking captures by hand and some tests; no scenario needs it'],
];

/** Says what is there, what is missing, what each missing thing costs and the command that mends it. */
export async function doctor(options: { readonly json: boolean }): Promise<number> {
  const rows = await Promise.all(COSTS.map(async ([name, cost]) => ({ name, cost, status: await findTool(name) })));
  const node = { name: 'node', found: Number.parseInt(process.versions.node, 10) >= 24, version: process.version };
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ node, tools: rows.map(({ name, cost, status }) => ({ name, neededFor: cost, ...status })) }, null, 2)}\n`,
    );
  } else {
    const lines = rows.map(({ name, cost, status }) => [
      status.found ? style('green', '✓', process.stdout) : style('red', '✗', process.stdout),
      name,
      status.found
        ? `${status.version}  ${style('dim', status.path, process.stdout)}`
        : `${status.reason}; needed for ${cost}`,
    ]);
    process.stdout.write(`${table([[style('green', '✓', process.stdout), 'node', node.version], ...lines])}\n`);
    for (const { status } of rows) if (!status.found) process.stdout.write(`\nmend it with:  ${status.fix}\n`);
  }
  return rows.every(({ status }) => status.found) && node.found ? EXIT.pass : EXIT.failed;
}
