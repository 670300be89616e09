import type { OutgoingSession, UserAgent } from '@plugfest/sip-node';
import { escapeXml } from '../lync/xml.ts';

/** Who joins, as C3P has it. */
export interface ContextOfConference {
  /** `user@domain`. */
  readonly address: string;
  readonly newToken: () => string;
}

const C3P = 'application/cccp+xml';

/** INVITE to a focus with `addUser` for who sends it. @see [MS-CONFBAS] §3.4.5; FEDERATION §1.5 */
export function joinFocus(
  agent: UserAgent,
  focus: string,
  { address, newToken }: ContextOfConference,
): OutgoingSession {
  const [to, from] = [escapeXml(focus), escapeXml(`sip:${address}`)];
  const endpoint = `<endpoint entity="{${newToken()}}"/>`;
  const user = `<ci:user xmlns:ci="urn:ietf:params:xml:ns:conference-info" entity="${from}"><ci:roles><ci:entry>attendee</ci:entry></ci:roles>${endpoint}</ci:user>`;
  const xml = `<request xmlns="urn:ietf:params:xml:ns:cccp" C3PVersion="1" to="${to}" from="${from}" requestId="1"><addUser><conferenceKeys confEntity="${to}"/>${user}</addUser></request>`;
  return agent.invite(focus, { body: Buffer.from(xml), contentType: C3P });
}
