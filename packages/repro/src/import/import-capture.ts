import type { RecordedCall, RecordedMedia, RecordedMessage, ScriptedScenario } from '@plugfest/scenario';
import { callGoesAsThen, callSaysAsThen, mediaComeAsThen } from '@plugfest/scenario';
import { header } from '@plugfest/sip';
import { capturedDatagrams, capturedSip, isCaptureFile, redact } from '@plugfest/wire';
import { type CapturedCall, callsIn, hostOf, mostTelling, readMessages } from './captured-call.ts';
import { descriptionIn, mediaEnds, mediaOf } from './captured-media.ts';
import type { ImportFinding } from './import-finding.ts';

export interface ImportOptions {
  readonly plays: RecordedCall['plays'];
  /** The Call-ID; the most telling call where absent. */
  readonly callId?: string;
  /** As people know the capture. */
  readonly name: string;
  readonly username?: string;
  /** What the media's file will be called. */
  readonly mediaFile: string;
}

export interface Imported {
  readonly findings: readonly ImportFinding[];
  /** Absent where there is nothing to play. */
  readonly scenario?: ScriptedScenario;
  readonly media?: RecordedMedia;
  readonly callIds: readonly string[];
}

/** SIP over TLS cannot be read; packets to its port say that it was there. */
const TLS_PORT = 5061;

/** A capture from the field as a scenario that plays one side of one of its calls. Any bytes are taken; what is wrong with them is said. */
export function importCapture(file: Buffer, options: ImportOptions): Imported {
  if (!isCaptureFile(file)) return nothing('no-capture', 'this is neither a pcap nor a pcapng file');
  const { packets, datagrams, incomplete } = capturedDatagrams(file);
  if (packets === 0) return nothing('no-packets', 'the file holds no packet that can be read');
  const findings: ImportFinding[] = [];
  const add = (level: ImportFinding['level'], code: ImportFinding['code'], text: string): void => {
    findings.push({ level, code, text });
  };
  if (incomplete > 0)
    add('warning', 'fragments-missing', `of ${incomplete} IP datagrams a fragment is missing: they are left out`);
  const { messages, unreadable } = readMessages(capturedSip(file));
  for (const { packet } of unreadable.slice(0, 5))
    add('warning', 'unreadable-message', `packet ${packet}: what was sent as SIP cannot be read, and is left out`);
  if (messages.length === 0) {
    const isTls = hasTls(file);
    add(
      'error',
      isTls ? 'encrypted' : 'no-sip',
      isTls ? 'SIP went over TLS: without its keys it cannot be read' : `no SIP in ${packets} packets`,
    );
    return { findings, callIds: [] };
  }
  const calls = callsIn(messages);
  const callIds = calls.map(({ callId }) => callId);
  const call =
    options.callId === undefined ? mostTelling(calls) : calls.find(({ callId }) => callId === options.callId);
  if (!call) {
    const methods = [
      ...new Set(messages.flatMap(({ message }) => (message.kind === 'request' ? [message.method] : []))),
    ];
    const found = methods.length > 0 ? `only ${methods.join(', ')}` : 'responses alone';
    add(
      'error',
      'no-call',
      calls.length > 0
        ? `no call with that Call-ID; there are: ${callIds.join(', ')}`
        : `no INVITE, ${found}: there is no call to play`,
    );
    return { findings, callIds };
  }
  if (calls.length > 1) add('note', 'other-calls', `${calls.length - 1} other calls are there: name one with --call`);
  return { ...scenarioOf(call, datagrams, findings, options), callIds };
}

function nothing(code: ImportFinding['code'], text: string): Imported {
  return { findings: [{ level: 'error', code, text }], callIds: [] };
}

/** By the first bytes of a TLS record (RFC 8446 §5.1) to or from SIP's port for it. */
function hasTls(file: Buffer): boolean {
  const port = Buffer.from([TLS_PORT >> 8, TLS_PORT & 0xff]);
  return file.includes(port) && (file.includes(Buffer.from([22, 3, 1])) || file.includes(Buffer.from([22, 3, 3])));
}

function scenarioOf(
  call: CapturedCall,
  datagrams: Parameters<typeof mediaOf>[0],
  before: readonly ImportFinding[],
  { plays, name, username, mediaFile }: ImportOptions,
): Pick<Imported, 'scenario' | 'media' | 'findings'> {
  const startUs = call.messages[0]?.epochUs ?? 0;
  const isOurs = (source: string): boolean =>
    call.caller === call.callee
      ? (source === call.messages[0]?.source) === (plays === 'caller')
      : (hostOf(source) === call.caller) === (plays === 'caller');
  const messages = call.messages.map(
    ({ epochUs, source, bytes }): RecordedMessage => ({
      atMs: Math.max(0, Math.round((epochUs - startUs) / 1000)),
      ours: isOurs(source),
      lines: bytes.toString('latin1').split('\r\n').map(withoutCredentials),
    }),
  );
  const said = (ours: boolean) =>
    call.messages.filter((_, i) => messages[i]?.ours === ours).map(({ message }) => message);
  const media = mediaOf(datagrams, mediaEnds(said(true)), mediaEnds(said(false)), startUs);
  const hasMedia = media.lines.some(({ packets, received }) => packets.length > 0 || received > 0);
  const findings = [...before, ...findingsOf(call, media, plays, username !== undefined)];
  const replay: RecordedCall = {
    transport: call.transport === 'udp' ? 'udp' : 'tcp',
    ...{ plays, messages },
    ...(hasMedia ? { media: mediaFile } : {}),
    ...(username === undefined ? {} : { username }),
  };
  const scenario: ScriptedScenario = {
    title: `${name}: ${plays} of ${call.callId}`,
    story: `A call from a capture: its ${plays} is played as it was, and what the other side says is held against what was said then.`,
    ...{ participants: {}, peers: {}, sabotage: [], replay },
    steps: [{ of: 'stage', does: 'replays', with: [] }],
    expects: [callGoesAsThen(), callSaysAsThen(), ...(hasMedia ? [mediaComeAsThen()] : [])],
  };
  return { scenario, findings, ...(hasMedia ? { media } : {}) };
}

/** What was answered to a challenge then is of no use now, but for guessing the password. */
function withoutCredentials(line: string): string {
  return /^(?:Proxy-)?Authorization[ \t]*:/i.test(line) ? redact(line) : line;
}

function findingsOf(
  call: CapturedCall,
  media: RecordedMedia,
  plays: RecordedCall['plays'],
  hasUser: boolean,
): ImportFinding[] {
  const found: ImportFinding[] = [];
  const add = (level: ImportFinding['level'], code: ImportFinding['code'], text: string): void => {
    found.push({ level, code, text });
  };
  const sdps = call.messages.flatMap(({ message }) => descriptionIn(message) ?? []);
  if (!call.isFinal) add('warning', 'incomplete-call', 'the call has no final answer in the capture');
  else if (call.isAnswered && !call.isEnded)
    add('warning', 'incomplete-call', 'the capture ends in the call: it will be hung up');
  if (call.otherHops > 0)
    add(
      'note',
      'other-hops',
      `${call.otherHops} messages of the call between others are left out: the capture saw it pass more than once`,
    );
  const isAuthorized = call.messages.some(
    ({ message }) =>
      header(message, 'Authorization') !== undefined || header(message, 'Proxy-Authorization') !== undefined,
  );
  if (isAuthorized && !hasUser)
    add(
      'note',
      'credentials',
      'the caller gave credentials: they cannot be given again without --user, and PLUGFEST_SIP_PASSWORD when it is run',
    );
  if (sdps.some((sdp) => /^a=fingerprint:|^m=\S+ \d+ UDP\/TLS/m.test(sdp)))
    add('warning', 'srtp', 'media were keyed by DTLS: what was captured of them cannot be opened now');
  if (sdps.some((sdp) => /^a=candidate:/m.test(sdp)))
    add('note', 'candidates', 'ICE candidates of then are left out of what is said');
  if (media.lines.every(({ packets }) => packets.length === 0))
    add('note', 'no-media', `no media of the ${plays} in the capture: none will be sent`);
  return found;
}
