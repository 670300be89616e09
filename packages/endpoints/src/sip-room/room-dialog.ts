import { header, headers, parseMessage, parseNameAddr, type SipResponse } from '@plugfest/sip';
import {
  type Body,
  type CallFlowOptions,
  keyword,
  receiveResponse,
  type Scenario,
  send,
  sip,
} from '@plugfest/sipp-ts-wrapper';
import type { RoomProfile } from './room-profile.ts';

export interface RoomCallOptions {
  readonly profile: RoomProfile;
  readonly version: string;
  /** The room's own address, e.g. `sip:board@example.com`. */
  readonly uri: string;
  /** As people read it. */
  readonly name: string;
  readonly conferenceUri: string;
  readonly localTag: string;
  readonly sdp: string;
}

/** What a room offers anew in its call. */
export type Reoffer = 'refresh' | 'hold' | 'resume';

/** A room's call as SIPp makes it. */
export function roomCall(options: RoomCallOptions): CallFlowOptions {
  const { profile, version, uri, name, conferenceUri, localTag, sdp } = options;
  return {
    name: 'A room calls, and stays until somebody hangs up',
    target: conferenceUri,
    from: `"${quoted(name)}" <${uri}>`,
    fromTag: localTag,
    contactUser: 'room',
    contactParameters: profile.contactParameters,
    headers: [['User-Agent', profile.userAgent(version)], ...profile.headers],
    inviteHeaders: profile.inviteHeaders,
    description: { as: 'offer', contentType: 'application/sdp', content: sdp },
    reoffers: { refresh: again(sdp, 'sendrecv'), hold: again(sdp, 'sendonly'), resume: again(sdp, 'sendrecv') },
  };
}

/** The description of another offer: its version is that of the request, which grows by one each time. @see RFC 3264 §8, §8.4 */
function again(sdp: string, direction: 'sendrecv' | 'sendonly'): Body {
  const changed = sdp.replaceAll(/^a=sendrecv\r$/gm, `a=${direction}\r`);
  const [, before = '', after = ''] = /^([\s\S]*?\r\no=\S+ \S+ )\d+( [\s\S]*)$/.exec(changed) ?? [];
  return { contentType: 'application/sdp', content: [before, keyword.cseq, after] };
}

/**
 * A BYE by a second SIPp, for a call whose own has failed: the dialog is as the response made it (RFC 3261 §12.2.1.1). `branch` keeps it apart from the
 * first one's transactions.
 */
export function byeScenario(response: SipResponse, branch: string): Scenario {
  const contact = parseNameAddr(header(response, 'Contact') ?? '');
  const routes = headers(response, 'Record-Route').reverse();
  return {
    name: 'The room hangs up all the same',
    steps: [
      send(
        sip`BYE ${contact.ok ? contact.value.uri : ''} SIP/2.0
          Via: SIP/2.0/${keyword.transport} ${keyword.localAddress}:${keyword.localPort};branch=z9hG4bK${branch};rport
          Max-Forwards: 70
          ${routes.map((route) => `Route: ${route}\n`).join('')}From: ${header(response, 'From') ?? ''}
          To: ${header(response, 'To') ?? ''}
          Call-ID: ${keyword.callId}
          CSeq: 100 BYE
          Content-Length: 0`,
        { retransmitAfterMs: 500 },
      ),
      ...[408, 481].map((code) => receiveResponse(code, { optional: true })),
      receiveResponse(200, { timeoutMs: 2000 }),
    ],
  };
}

/** A response as SIPp traced it; undefined where it cannot be read. */
export function responseIn(text: string): SipResponse | undefined {
  const parsed = parseMessage(Buffer.from(text, 'latin1'));
  return parsed.ok && parsed.value.kind === 'response' ? parsed.value : undefined;
}

function quoted(text: string): string {
  return text.replaceAll(/["\\]/g, '\\$&').replaceAll(/[\r\n]/g, ' ');
}
