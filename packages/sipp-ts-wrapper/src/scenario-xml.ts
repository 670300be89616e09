/** What every command of a scenario may carry. @see SIPp's reference, “Create your own XML scenarios” */
interface Common {
  /** Jump to this label after the command. */
  readonly next?: string;
}

/** Sends a message: a template in which SIPp replaces keywords in brackets (`[branch]`, `[last_Via:]`, `[len]`, …). */
export interface SendCommand extends Common {
  readonly command: 'send';
  /** Lines of start line, headers and body, without line ends. */
  readonly lines: readonly string[];
  /** First retransmission interval over UDP; absent: no retransmission. */
  readonly retransmitMs?: number;
}

/** Waits for a message. An optional one is skipped when the next mandatory one comes. */
export interface ReceiveCommand extends Common {
  readonly command: 'receive';
  readonly request?: string;
  readonly response?: number;
  readonly optional?: boolean;
  /** Keep Record-Route and Contact for `[routes]` and `[next_url]`. */
  readonly recordRoutes?: boolean;
  readonly timeoutMs?: number;
  /** Label to go to when the time is over; absent: the call fails. */
  readonly onTimeout?: string;
  /** Answer a challenge: keeps it for `[authentication]`. */
  readonly auth?: boolean;
  readonly actions?: readonly Action[];
}

export interface PauseCommand extends Common {
  readonly command: 'pause';
  readonly milliseconds: number;
}

export interface LabelCommand {
  readonly command: 'label';
  /** A number, for SIPp knows labels by numbers only. */
  readonly id: string;
}

export type Command = SendCommand | ReceiveCommand | PauseCommand | LabelCommand;

/** What is done with a received message. */
export type Action =
  | { readonly action: 'log'; readonly message: string }
  | {
      readonly action: 'ereg';
      readonly pattern: string;
      readonly searchIn: 'msg' | 'hdr' | 'body';
      readonly header?: string;
      readonly assignTo: string;
      readonly check?: boolean;
    };

export interface SippScenario {
  readonly name: string;
  readonly commands: readonly Command[];
}

export const send = (lines: readonly string[], options: Omit<SendCommand, 'command' | 'lines'> = {}): SendCommand => ({
  command: 'send',
  lines,
  ...options,
});
export const receive = (
  message: { request: string } | { response: number },
  options: Omit<ReceiveCommand, 'command' | 'request' | 'response'> = {},
): ReceiveCommand => ({
  command: 'receive',
  ...message,
  ...options,
});
export const label = (id: number): LabelCommand => ({ command: 'label', id: String(id) });
export const pause = (milliseconds: number, options: Common = {}): PauseCommand => ({
  command: 'pause',
  milliseconds,
  ...options,
});

/** The scenario as SIPp reads it. @throws RangeError for text that no scenario can carry */
export function formatScenario({ name, commands }: SippScenario): string {
  const body = commands.map((command) => FORMATTERS[command.command](command as never)).join('\n');
  return `<?xml version="1.0" encoding="UTF-8" ?>\n<scenario name="${escapeAttribute(name)}">\n${body}\n</scenario>\n`;
}

const FORMATTERS: { [K in Command['command']]: (command: Extract<Command, { command: K }>) => string } = {
  send: ({ lines, retransmitMs, next }) => element('send', { retrans: retransmitMs, next }, cdata(lines)),
  receive: ({ request, response, optional, recordRoutes, timeoutMs, onTimeout, auth, actions = [], next }) =>
    element(
      'recv',
      {
        request,
        response,
        optional,
        rrs: recordRoutes,
        auth,
        timeout: timeoutMs,
        ontimeout: onTimeout,
        next,
      },
      actions.length > 0 ? `<action>${actions.map(formatAction).join('')}</action>` : '',
    ),
  pause: ({ milliseconds, next }) => element('pause', { milliseconds, next }, ''),
  label: ({ id }) => element('label', { id }, ''),
};

function formatAction(action: Action): string {
  if (action.action === 'log') return element('log', { message: action.message }, '');
  const { pattern, searchIn, header, assignTo, check } = action;
  return element('ereg', { regexp: pattern, search_in: searchIn, header, check_it: check, assign_to: assignTo }, '');
}

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

function element(name: string, attributes: Attributes, content: string): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join('');
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`;
}

/** SIPp takes the lines between the first and the last empty one and ends each with CRLF. */
function cdata(lines: readonly string[]): string {
  const text = lines.join('\n');
  if (text.includes(']]>')) throw new RangeError('“]]>” cannot stand in a SIPp message');
  return `<![CDATA[\n\n${text}\n\n]]>`;
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
