import { createInterface } from 'node:readline';
import type { Check, Plan, RunEvent } from '@plugfest/model';
import { judge, type RunDirectory, type StageWatch } from '@plugfest/scenario';
import { measureEvidence } from './pipeline.ts';
import { printable, style } from './terminal.ts';

export interface LiveOptions {
  /** Stop before each step. */
  readonly step: boolean;
  /** Keep the calls up where something has failed. */
  readonly pauseOnFail: boolean;
  /** Tells what is going on and is silent while somebody looks. */
  readonly say: (text: string) => void;
  /** Resolves when the person goes on. */
  readonly goOn: () => Promise<void>;
}

/** What looks on while a story is told; undefined where nobody asked for it. */
export function liveWatch(
  { step, pauseOnFail, say, goOn }: LiveOptions,
  directory: RunDirectory,
): StageWatch | undefined {
  if (!step && !pauseOnFail) return undefined;
  return {
    async beforeStep(name) {
      if (!step) return;
      say(`next: ${printable(name)} ${style('dim', '(Enter)')}`);
      await goOn();
    },
    async beforeHangUp(fault) {
      if (!pauseOnFail) return;
      const failed = fault ? [printable(fault.message)] : (await failedSoFar(directory)).map(inWords);
      if (failed.length === 0) return;
      say(['the calls are still up:', ...failed.map((text) => `  ${text}`), ...howToLook(directory)].join('\n'));
      await goOn();
    },
  };
}

/** What must hold and does not, by the evidence as it is now. That captures are not complete yet is no news. */
async function failedSoFar(directory: RunDirectory): Promise<Check[]> {
  const [plan, events] = [directory.readPlan(), directory.readEvents()];
  const measurements = await measureEvidence(directory, plan, events);
  return judge({ plan, events, measurements }).checks.filter(
    ({ id, level, verdict }) => level === 'must' && verdict === 'fail' && !id.startsWith('capture:'),
  );
}

function inWords({ title, measured, limit, id }: Check): string {
  return `${style('red', 'fail')} ${printable(title)}: ${printable(measured)} (limit: ${printable(limit)}) ${style('dim', id)}`;
}

/** Where there is something to be seen while the calls are up. */
export function howToLook(directory: Pick<RunDirectory, 'path' | 'readPlan' | 'readEvents'>): string[] {
  const started = directory.readEvents().find(({ type }) => type === 'bridge.started');
  return [
    ...waysToLook(directory.readPlan(), started),
    `  packets so far    tshark -r ${directory.path}/captures/run.pcapng`,
    `  events so far     tail -f ${directory.path}/events.jsonl`,
    'Enter, or Ctrl-C, goes on.',
  ];
}

function waysToLook({ conference }: Plan, started: RunEvent | undefined): string[] {
  const { addresses, controlUrl } = (started?.data ?? {}) as {
    readonly addresses?: Readonly<Record<string, string>>;
    readonly controlUrl?: string;
  };
  const user = /^sip:([^@]+)@/.exec(conference.uri)?.[1];
  return [
    ...(addresses?.udp && user ? [`  join it yourself  sip:${user}@${addresses.udp}`] : []),
    ...(controlUrl ? [`  who is in it      curl ${new URL(`/conferences/${user}/participants`, controlUrl)}`] : []),
  ];
}

/** Resolves at a line on standard input, or at SIGINT, which then interrupts nothing. Where input has ended, only SIGINT goes on. */
export function enterOrInterrupt(input: NodeJS.ReadableStream = process.stdin): Promise<void> {
  return new Promise((resolve) => {
    const interrupts = process.listeners('SIGINT');
    process.removeAllListeners('SIGINT');
    const lines = createInterface({ input, terminal: false });
    const goOn = (): void => {
      process.off('SIGINT', goOn);
      for (const listener of interrupts) process.on('SIGINT', listener);
      lines.close();
      input.pause();
      resolve();
    };
    process.on('SIGINT', goOn);
    lines.once('line', goOn);
  });
}
