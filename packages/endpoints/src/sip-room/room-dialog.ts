import { header, headers, parseMessage, parseNameAddr, type SipResponse } from '@plugfest/sip';
import { label, receive, type SippScenario, send } from '@plugfest/sipp-ts-wrapper';
import type { RoomProfile } from './room-profile.ts';

export interface RoomCallOptions {
  readonly profile: RoomProfile;
  readonly version: string;
  readonly uri: string;
  readonly name: string;
  readonly conferenceUri: string;
  readonly localTag: string;
  readonly callId: string;
  readonly sdp: string;
}

/** Labels of the loop that answers what may come during a call. */
const IN_CALL = 1;
const ANSWER = 2;
const ANSWER_WITH_SDP = 3;
const HUNG_UP = 4;

/** SIPp's last message, answered. */
const RESPONSE = ['SIP/2.0 200 OK', '[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'];

/** The room's whole call but for its own BYE: INVITE, ACK, answers to what comes in the call, and the far side's BYE. */
export function callScenario(options: RoomCallOptions): SippScenario {
  const { profile, version, conferenceUri, sdp, callId } = options;
  const from = `From: "${quoted(options.name)}" <${options.uri}>;tag=${options.localTag}`;
  const contact = `Contact: <sip:room@[local_ip]:[local_port];transport=[transport]>${profile.contactParameters}`;
  const body = sdp.trimEnd().split('\r\n');
  const withBody = ['Content-Type: application/sdp', 'Content-Length: [len]', '', ...body];
  const invite = [
    `INVITE ${conferenceUri} SIP/2.0`,
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
    'Max-Forwards: 70',
    from,
    `To: <${conferenceUri}>`,
    `Call-ID: ${callId}`,
    'CSeq: 100 INVITE',
    contact,
    `User-Agent: ${profile.userAgent(version)}`,
    ...profile.headers.map(([name, value]) => `${name}: ${value}`),
    ...withBody,
  ];
  const ack = [
    'ACK [next_url] SIP/2.0',
    'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
    'Max-Forwards: 70',
    '[routes]',
    from,
    `To: <${conferenceUri}>[peer_tag_param]`,
    `Call-ID: ${callId}`,
    'CSeq: 100 ACK',
    'Content-Length: 0',
  ];
  return {
    name: 'A room calls, and stays until somebody hangs up',
    commands: [
      send(invite, { retransmitMs: 500 }),
      ...[100, 180, 183].map((response) => receive({ response }, { optional: true })),
      receive({ response: 200 }, { recordRoutes: true }),
      send(ack),
      label(IN_CALL),
      ...['INFO', 'OPTIONS', 'NOTIFY', 'MESSAGE'].map((request) =>
        receive({ request }, { optional: true, next: String(ANSWER) }),
      ),
      ...['INVITE', 'UPDATE'].map((request) => receive({ request }, { optional: true, next: String(ANSWER_WITH_SDP) })),
      receive({ request: 'ACK' }, { optional: true, next: String(IN_CALL) }),
      receive({ request: 'BYE' }, { next: String(HUNG_UP) }),
      label(ANSWER),
      send([...RESPONSE, 'Content-Length: 0'], { next: String(IN_CALL) }),
      label(ANSWER_WITH_SDP),
      send([...RESPONSE, contact, ...withBody], { next: String(IN_CALL) }),
      label(HUNG_UP),
      send([...RESPONSE, 'Content-Length: 0']),
    ],
  };
}

/** What a BYE needs of the dialog that the 200 to our INVITE made (RFC 3261 §12.2.1.1). */
export interface RoomDialog {
  readonly response: SipResponse;
}

/** The room hangs up: sent from the same address as the call, by a SIPp of its own. */
export function byeScenario({ profile, version, callId }: RoomCallOptions, { response }: RoomDialog): SippScenario {
  const contact = parseNameAddr(header(response, 'Contact') ?? '');
  const routes = headers(response, 'Record-Route').reverse();
  return {
    name: 'The room hangs up',
    commands: [
      send(
        [
          `BYE ${contact.ok ? contact.value.uri : ''} SIP/2.0`,
          'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport',
          'Max-Forwards: 70',
          ...routes.map((route) => `Route: ${route}`),
          `From: ${header(response, 'From')}`,
          `To: ${header(response, 'To')}`,
          `Call-ID: ${callId}`,
          'CSeq: 101 BYE',
          `User-Agent: ${profile.userAgent(version)}`,
          'Content-Length: 0',
        ],
        { retransmitMs: 500 },
      ),
      receive({ response: 200 }),
    ],
  };
}

/** The final response to our INVITE in a traced message; undefined for anything else. */
export function finalResponseIn(text: string): SipResponse | undefined {
  const parsed = parseMessage(Buffer.from(text, 'latin1'));
  if (!parsed.ok || parsed.value.kind !== 'response' || parsed.value.statusCode < 200) return undefined;
  return /^\s*100\s+INVITE\s*$/.test(header(parsed.value, 'CSeq') ?? '') ? parsed.value : undefined;
}

function quoted(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}
