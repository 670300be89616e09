import type { HeaderName } from './header-name.ts';

/** A place in a message that SIPp fills in when it sends it. */
export interface Keyword {
  readonly keyword: string;
}

/** A branch of another message of the scenario: resolved when the scenario is formatted. */
export interface BranchOf {
  readonly branchOf: string;
}

/** What SIPp sends: literal text and keywords. Literals are kept as they are: brackets and backslashes in them mean nothing special. */
export type Text = readonly (string | Keyword | BranchOf)[];

/** Keywords without a parameter, by what they stand for. @see https://sipp.readthedocs.io/en/latest/scenarios/keywords.html */
export const keyword = {
  service: { keyword: 'service' },
  remoteAddress: { keyword: 'remote_ip' },
  remotePort: { keyword: 'remote_port' },
  transport: { keyword: 'transport' },
  localAddress: { keyword: 'local_ip' },
  /** `4` or `6`, as in `c=IN IP4`. */
  localAddressType: { keyword: 'local_ip_type' },
  localPort: { keyword: 'local_port' },
  mediaAddress: { keyword: 'media_ip' },
  mediaAddressType: { keyword: 'media_ip_type' },
  mediaPort: { keyword: 'media_port' },
  /** Number of octets after the empty line. */
  length: { keyword: 'len' },
  callNumber: { keyword: 'call_number' },
  callId: { keyword: 'call_id' },
  cseq: { keyword: 'cseq' },
  branch: { keyword: 'branch' },
  messageIndex: { keyword: 'msg_index' },
  processId: { keyword: 'pid' },
  /** `;tag=…` of the other side as its last response gave it, or nothing. */
  peerTag: { keyword: 'peer_tag_param' },
  /** Contact of the message recorded by `recordRoutes`. */
  remoteTarget: { keyword: 'next_url' },
  /** `Route` headers recorded by `recordRoutes`, or nothing. */
  routes: { keyword: 'routes' },
  lastMessage: { keyword: 'last_message' },
  /** Of the last request, e.g. `2`. */
  lastCseqNumber: { keyword: 'last_cseq_number' },
  lastRequestUri: { keyword: 'last_Request_URI' },
  clockTick: { keyword: 'clock_tick' },
  sippVersion: { keyword: 'sipp_version' },
} as const satisfies Record<string, Keyword>;

/** All headers of that name of the last received message, names included: a line (or lines) of its own. */
export function lastHeader(name: HeaderName): Keyword {
  return { keyword: `last_${name}:` };
}

/** The value of a variable of the call. @throws RangeError for a name that SIPp cannot have */
export function variable(name: string): Keyword {
  return { keyword: `$${identifier(name)}` };
}

/** Column `index` of the injected file. */
export function field(index: number, file?: string): Keyword {
  return { keyword: `field${index}${file === undefined ? '' : ` file="${identifier(file)}"`}` };
}

/** A parameter given by `keys` when the process is started. */
export function parameter(name: string): Keyword {
  return { keyword: identifier(name) };
}

/** `Authorization:` or `Proxy-Authorization:` for the challenge that was received with `authenticate`. A line of its own. */
export function authentication(credentials: { readonly username: string; readonly password: string }): Keyword {
  for (const value of Object.values(credentials)) {
    if (/[\s\][+"\\]/.test(value))
      throw new RangeError('SIPp takes no spaces, quotes, brackets, plus or backslash in credentials');
  }
  return { keyword: `authentication username=${credentials.username} password=${credentials.password}` };
}

/** The branch of the transaction that the step with that `id` began: what CANCEL and the ACK of a refusal carry. @see RFC 3261 §9.1, §17.1.1.3 */
export function branchOf(id: string): BranchOf {
  return { branchOf: id };
}

/** SIPp takes names out of comma lists and brackets. */
export function identifier(name: string): string {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw new RangeError(`“${name}” cannot be a name in a SIPp scenario`);
  return name;
}

/**
 * A message as a template: its lines may be indented, what is put in is text or a keyword. Text that is put in is kept to the letter.
 *
 *     sip`OPTIONS sip:${host} SIP/2.0
 *         Via: SIP/2.0/UDP ${keyword.localAddress};branch=${keyword.branch}`
 */
export function sip(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Keyword | BranchOf | Text)[]
): Text {
  return strings.flatMap((text, i) => {
    const literal = text.replaceAll(/\r?\n[ \t]+/g, '\n');
    const value = values[i];
    if (value === undefined) return [literal];
    if (typeof value === 'number') return [literal, String(value)];
    return Array.isArray(value) ? [literal, ...(value as Text)] : [literal, value as string | Keyword | BranchOf];
  });
}
