import { attributeText, element, formatAction } from './format-action.ts';
import { formatText } from './format-text.ts';
import type { AwaitCommandStep, Common, LabelStep, LingerStep, Scenario, SendStep, Step, TellStep } from './step.ts';
import { identifier, keyword, sip } from './text.ts';

/** A scenario that SIPp would refuse, or worse, misread: `code` says why, the message where. */
export class ScenarioFault extends Error {
  readonly code:
    | 'unknown-label'
    | 'unknown-step'
    | 'optional-without-end'
    | 'label-at-end'
    | 'too-big'
    | 'twice-named'
    | 'no-message';

  constructor(code: ScenarioFault['code'], text: string) {
    super(text);
    this.name = 'ScenarioFault';
    this.code = code;
  }
}

type Message = Exclude<Step, LabelStep>;

/** SIPp reads its file into a buffer of that size. */
const MAX_BYTES = 65_536;

/** The scenario as SIPp's XML. @throws ScenarioFault */
export function formatScenario(scenario: Scenario): string {
  check(scenario);
  const indices = indexSteps(scenario.steps);
  let index = 0;
  const lines = scenario.steps.map((step) => {
    if (step.kind === 'label') return element('label', { id: identifier(step.label) });
    const here = index++;
    return formatMessage(step, (id) => offsetOf(id, here, indices));
  });
  const xml = `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario${attributeText({ name: scenario.name })}>\n${lines.join('\n')}\n</scenario>\n`;
  if (Buffer.byteLength(xml) >= MAX_BYTES)
    throw new ScenarioFault(
      'too-big',
      `scenario “${scenario.name}” is ${Buffer.byteLength(xml)} bytes; SIPp reads ${MAX_BYTES}`,
    );
  return xml;
}

/** Whether the scenario talks with its owner, so that it needs the command channel. */
export function usesCommands(scenario: Scenario): boolean {
  return scenario.steps.some(({ kind }) => kind === 'tell' || kind === 'await-command');
}

function check({ name, steps }: Scenario): void {
  const labels = steps.flatMap((step) => (step.kind === 'label' ? [step.label] : []));
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw new ScenarioFault('twice-named', `label “${twice}” is there twice in “${name}”`);
  for (const target of steps.flatMap(targetsOf)) {
    if (!labels.includes(target))
      throw new ScenarioFault('unknown-label', `“${name}” goes on at “${target}”, which is nowhere`);
  }
  if (steps.every((step) => step.kind === 'label'))
    throw new ScenarioFault('no-message', `“${name}” sends and receives nothing`);
  if (steps.at(-1)?.kind === 'label')
    throw new ScenarioFault('label-at-end', `a step must follow the last label of “${name}”`);
  const messages = steps.filter((step): step is Message => step.kind !== 'label');
  for (const [i, step] of messages.entries()) {
    const after = messages[i + 1];
    if (isOptional(step) && after?.kind !== 'receive' && after?.kind !== 'await-command')
      throw new ScenarioFault(
        'optional-without-end',
        `step ${i} of “${name}” is optional: something that must be received has to follow`,
      );
  }
}

function targetsOf(step: Step): string[] {
  const next = 'next' in step && step.next !== undefined ? [step.next] : [];
  return step.kind === 'receive' && step.onTimeout !== undefined ? [...next, step.onTimeout] : next;
}

function isOptional(step: Message): boolean {
  return step.kind === 'receive' && step.optional === true;
}

function indexSteps(steps: readonly Step[]): Map<string, number> {
  const indices = new Map<string, number>();
  for (const [index, step] of steps.filter(({ kind }) => kind !== 'label').entries()) {
    const id = 'id' in step ? step.id : undefined;
    if (id === undefined) continue;
    if (indices.has(id)) throw new ScenarioFault('twice-named', `two steps are named “${id}”`);
    indices.set(id, index);
  }
  return indices;
}

function offsetOf(id: string, here: number, indices: ReadonlyMap<string, number>): number {
  const there = indices.get(id);
  if (there === undefined) throw new ScenarioFault('unknown-step', `no step is named “${id}”`);
  return there - here;
}

function formatMessage(step: Message, branchOffset: (id: string) => number): string {
  switch (step.kind) {
    case 'send':
      return open('send', sendAttributes(step), cdata(formatText(step.message, branchOffset)), step);
    case 'receive':
      return open(
        'recv',
        {
          request: step.request,
          response: step.response,
          optional: step.optional || undefined,
          timeout: step.timeoutMs,
          ontimeout: step.onTimeout,
          rrs: step.recordRoutes || undefined,
          auth: step.authenticate || undefined,
          lost: step.lossRatio === undefined ? undefined : Math.round(step.lossRatio * 100),
        },
        '',
        step,
      );
    case 'pause':
      return open('pause', { milliseconds: step.pauseMs }, '', step);
    case 'nothing':
      return open('nop', {}, '', step);
    case 'linger':
      return formatLinger(step);
    case 'tell':
      return formatTell(step);
    case 'await-command':
      return formatAwait(step);
  }
}

function sendAttributes(step: SendStep) {
  return {
    retrans: step.retransmitAfterMs,
    lost: step.lossRatio === undefined ? undefined : Math.round(step.lossRatio * 100),
  };
}

function formatLinger({ lingerMs }: LingerStep): string {
  return element('timewait', { milliseconds: lingerMs });
}

function formatTell(step: TellStep): string {
  const command = sip`Call-ID: ${keyword.callId}
    Command: ${identifier(step.command)}`;
  return open('sendCmd', {}, cdata(`${formatText(command)}\n\n`), step);
}

function formatAwait(step: AwaitCommandStep): string {
  return open('recvCmd', {}, '', step);
}

function open(
  name: string,
  own: Readonly<Record<string, string | number | boolean | undefined>>,
  content: string,
  common: Common,
): string {
  const attributes = attributeText({
    ...own,
    next: common.next,
    test: common.nextIf,
    chance: common.chance,
    start_rtd: common.startTimer,
    rtd: common.stopTimer,
    counter: common.counter,
  });
  const actions = common.actions ?? [];
  const action = actions.length === 0 ? '' : `<action>${actions.map(formatAction).join('')}</action>`;
  return content === '' && action === ''
    ? `<${name}${attributes}/>`
    : `<${name}${attributes}>${content}${action}</${name}>`;
}

/** SIPp ends a header that has no empty line with one; a body goes out as it is. */
function cdata(text: string): string {
  return `<![CDATA[\n${text}]]>`;
}
