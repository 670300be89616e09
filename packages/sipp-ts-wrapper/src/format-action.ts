import type { Action } from './action.ts';
import { escapeAttribute } from './escape.ts';
import { formatText } from './format-text.ts';
import { identifier } from './text.ts';

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** `<name a="1"/>`; what is undefined is left out. */
export function element(name: string, attributes: Attributes): string {
  return `<${name}${attributeText(attributes)}/>`;
}

export function attributeText(attributes: Attributes): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeAttribute(String(value))}"`)
    .join('');
}

const STOP = { call: 'stop_call', gracefully: 'stop_gracefully', now: 'stop_now' };

export function formatAction(action: Action): string {
  switch (action.kind) {
    case 'match':
      return element('ereg', matchAttributes(action));
    case 'log':
      return element('log', { message: formatText(action.message) });
    case 'warn':
      return element('warning', { message: formatText(action.message) });
    case 'jump':
      return element('jump', { variable: identifier(action.variable) });
    case 'assign-text':
      return element('assignstr', { assign_to: identifier(action.into), value: formatText(action.value) });
    case 'assign':
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'divide':
      return element(action.kind, {
        assign_to: identifier(action.into),
        ...(typeof action.value === 'number'
          ? { value: action.value }
          : { variable: identifier(action.value.variable) }),
      });
    case 'compare':
      return element('test', {
        assign_to: identifier(action.into),
        variable: identifier(action.variable),
        compare: action.is,
        value: action.value,
      });
    case 'compare-text':
      return element('strcmp', {
        assign_to: identifier(action.into),
        variable: identifier(action.variable),
        value: action.value,
      });
    case 'to-number':
      return element('todouble', { assign_to: identifier(action.into), variable: identifier(action.variable) });
    case 'time':
      return element('gettimeofday', { assign_to: `${identifier(action.seconds)},${identifier(action.microseconds)}` });
    case 'check-credentials':
      return element('verifyauth', {
        assign_to: identifier(action.into),
        username: action.username,
        password: action.password,
      });
    default:
      return element('exec', executionAttributes(action));
  }
}

function matchAttributes({ pattern, into, header, of, must }: Action & { kind: 'match' }): Attributes {
  return {
    regexp: pattern,
    search_in: of ? 'var' : header === undefined ? 'msg' : 'hdr',
    variable: of && identifier(of.variable),
    header: header === undefined ? undefined : `${header}:`,
    check_it: must === 'match' ? true : undefined,
    check_it_inverse: must === 'never' ? true : undefined,
    assign_to: into.map(identifier).join(','),
  };
}

type Execution = Extract<Action, { kind: 'play-pcap' | 'stream-rtp' | 'control-rtp' | 'stop' }>;

function executionAttributes(action: Execution): Attributes {
  switch (action.kind) {
    case 'play-pcap':
      return { [`play_pcap_${action.medium}`]: action.file };
    case 'stream-rtp':
      return { rtp_stream: `${action.file},${action.repeat},${action.payloadType}` };
    case 'control-rtp':
      return { rtp_stream: action.command };
    case 'stop':
      return { int_cmd: STOP[action.how] };
  }
}
