import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { EXIT } from '@plugfest/model';
import { type ImportFinding, importCapture } from '@plugfest/repro';
import { formatScenarioFile } from '@plugfest/scenario';
import { SCENARIOS_ROOT } from '../paths.ts';
import { BadUse } from '../pipeline.ts';
import { style } from '../terminal.ts';

export interface ImportCommandOptions {
  readonly side: string;
  readonly call?: string;
  readonly user?: string;
  readonly output?: string;
  readonly json: boolean;
}

/** A capture that is larger is cut first: nobody plays gigabytes. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Makes a scenario of a capture. 0: it is written; 1: there is nothing to play in it, and the findings say why. */
export function importCommand(path: string, options: ImportCommandOptions): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status?.isFile()) throw new BadUse(`${path} is not there, or no file`);
  if (status.size > MAX_BYTES)
    throw new BadUse(
      `${path} is larger than ${MAX_BYTES / 1024 / 1024} MiB: cut the call out of it first (editcap -A -B)`,
    );
  const plays = options.side;
  if (plays !== 'caller' && plays !== 'callee') throw new BadUse(`--side: “${plays}” is neither caller nor callee`);
  const name =
    basename(path)
      .replace(/\.pcap(?:ng)?$/i, '')
      .replaceAll(/[^a-z0-9-]+/gi, '-')
      .toLowerCase() || 'capture';
  const directory = resolve(options.output ?? join(SCENARIOS_ROOT, 'imported'));
  const imported = importCapture(readFileSync(path), {
    ...{ plays, name, mediaFile: `${name}.media.json` },
    ...(options.call === undefined ? {} : { callId: options.call }),
    ...(options.user === undefined ? {} : { username: options.user }),
  });
  const { scenario, media, findings, callIds } = imported;
  const file = join(directory, `${name}.scenario.ts`);
  if (scenario) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(file, formatScenarioFile(scenario));
    if (media) writeFileSync(join(directory, `${name}.media.json`), `${JSON.stringify(media)}\n`);
  }
  const shown = scenario ? relative(process.cwd(), file) : undefined;
  if (options.json) {
    const lines = media?.lines.map(({ index, packets, received }) => ({ index, sent: packets.length, received }));
    process.stdout.write(
      `${JSON.stringify({ file: shown, messages: scenario?.replay?.messages.length, media: lines, callIds, findings }, null, 2)}\n`,
    );
  } else process.stdout.write(textOf(findings, shown, scenario?.replay?.messages.length ?? 0));
  return scenario ? EXIT.pass : EXIT.failed;
}

const COLOURS = { error: 'red', warning: 'yellow', note: 'dim' } as const;

function textOf(findings: readonly ImportFinding[], file: string | undefined, messages: number): string {
  const lines = findings.map(
    ({ level, code, text }) => `${style(COLOURS[level], level, process.stdout)} ${code}: ${printable(text)}`,
  );
  const end = file === undefined ? [] : [`${messages} messages: ./plugfest run ${file}`];
  return `${[...lines, ...end].join('\n')}\n`;
}

/** What a peer chose is text on a terminal too. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '·');
}
