import { findTool, type ToolName, type ToolStatus } from '@plugfest/host';
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

/** Peers of others: what is missing of them leaves out a scenario of `scenarios/peers`, nothing else. */
const PEERS: readonly (readonly [ToolName, string])[] = [
  ['firefox', 'scenarios/peers/firefox'],
  ['baresip', 'scenarios/peers/baresip'],
  ['xvfb', 'scenarios/peers/baresip: its screen'],
  ['pulseaudio', 'scenarios/peers/baresip and firefox: their sound card'],
  ['pacat', 'scenarios/peers/baresip and firefox: their microphone'],
  ['gstreamer', 'scenarios/peers/gstreamer'],
  ['kamailio', 'scenarios/peers/kamailio'],
  ['sipsak', 'scenarios/peers/sipsak and kamailio'],
  ['container', 'endpoints of form container (docker or podman)'],
];

/** Says what is there, what is missing, what each missing thing costs and the command that mends it. */
export async function doctor(options: { readonly json: boolean }): Promise<number> {
  const needed = await lookUp(COSTS, false);
  const rows = [...needed, ...(await lookUp(PEERS, true))];
  const node = { name: 'node', found: Number.parseInt(process.versions.node, 10) >= 24, version: process.version };
  if (options.json) {
    process.stdout.write(
      `${JSON.stringify({ node, tools: rows.map(({ name, cost, isOptional, status }) => ({ name, neededFor: cost, isOptional, ...status })) }, null, 2)}\n`,
    );
  } else {
    const missing = (isOptional: boolean): string =>
      isOptional ? style('dim', '–', process.stdout) : style('red', '✗', process.stdout);
    const lines = rows.map(({ name, cost, isOptional, status }) => [
      status.found ? style('green', '✓', process.stdout) : missing(isOptional),
      name,
      status.found
        ? `${status.version}  ${style('dim', status.path, process.stdout)}`
        : `${status.reason}; needed for ${cost}`,
    ]);
    process.stdout.write(`${table([[style('green', '✓', process.stdout), 'node', node.version], ...lines])}\n`);
    for (const fix of new Set(rows.flatMap(({ status }) => (status.found ? [] : status.fix))))
      process.stdout.write(`\nmend it with:  ${fix}\n`);
  }
  return needed.every(({ status }) => status.found) && node.found ? EXIT.pass : EXIT.failed;
}

interface Row {
  readonly name: ToolName;
  readonly cost: string;
  readonly isOptional: boolean;
  readonly status: ToolStatus;
}

function lookUp(tools: readonly (readonly [ToolName, string])[], isOptional: boolean): Promise<Row[]> {
  return Promise.all(tools.map(async ([name, cost]) => ({ name, cost, isOptional, status: await findTool(name) })));
}
