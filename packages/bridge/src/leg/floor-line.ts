import { attribute, classifyAddress, type MediaDescription, type SessionDescription } from '@plugfest/sdp';

/** A call's floor control as both sides agreed on it. */
export interface FloorAgreement {
  /** Place of the m-line in the description. */
  readonly index: number;
  readonly transport: 'udp' | 'tcp';
  /** Who opens a TCP connection: `active` is us. */
  readonly setup: 'active' | 'passive';
  readonly remote: { readonly address: string; readonly port: number };
}

/** Whose floor it is: as the answer says it to the peer. */
export interface FloorIdentity {
  readonly conferenceId: number;
  readonly userId: number;
  readonly floorId: number;
  /** `a=label` of the stream that the floor is about. */
  readonly label: string;
}

const TRANSPORTS: Readonly<Record<string, FloorAgreement['transport']>> = { 'UDP/BFCP': 'udp', 'TCP/BFCP': 'tcp' };
/** The version that a transport needs, also where nobody says one. @see RFC 8856 §5.6 */
const VERSIONS: Readonly<Record<FloorAgreement['transport'], string>> = { udp: '2', tcp: '1' };
/** What we open to where a peer listens; it says `active` where its port means nothing. @see RFC 4145 §4.1 */
const ANSWERED_SETUP: Readonly<Record<string, FloorAgreement['setup']>> = {
  active: 'passive',
  actpass: 'passive',
  passive: 'active',
};

/** The first m-line of an offer over which the peer may ask us for the floor; undefined where there is none. @see RFC 8856 */
export function agreeOnFloor(offer: SessionDescription): FloorAgreement | undefined {
  for (const [index, media] of offer.media.entries()) {
    const transport = TRANSPORTS[media.protocol];
    if (media.kind !== 'application' || transport === undefined || media.port === 0) continue;
    if (!asksForServer(media) || !speaks(media, transport)) continue;
    const setup = ANSWERED_SETUP[attribute(media, 'setup') ?? 'active'];
    const address = (media.connection ?? offer.connection)?.address;
    // Whoever sends to a name would have to ask the DNS for a peer's sake.
    if (setup === undefined || address === undefined || classifyAddress(address) !== 'unicast') continue;
    return { index, transport, setup, remote: { address, port: media.port } };
  }
  return undefined;
}

/** A peer that is only a server has no use for another. Without the attribute an offerer is a client. @see RFC 8856 §5.1 */
function asksForServer(media: MediaDescription): boolean {
  const roles = (attribute(media, 'floorctrl') ?? 'c-only').split(' ');
  return roles.includes('c-only') || roles.includes('c-s');
}

function speaks(media: MediaDescription, transport: FloorAgreement['transport']): boolean {
  const versions = attribute(media, 'bfcpver');
  return versions === undefined || versions.split(' ').includes(VERSIONS[transport]);
}

/** Our m-line: we are the server, and whom the floor is about. */
export function floorAnswer(
  offered: MediaDescription,
  { transport, setup }: FloorAgreement,
  port: number,
  { conferenceId, userId, floorId, label }: FloorIdentity,
): MediaDescription {
  const said = (name: string, value: string): { name: string; value: string } => ({ name, value });
  const tcp = transport === 'tcp' ? [said('setup', setup), said('connection', 'new')] : [];
  const mid = attribute(offered, 'mid');
  const saysVersion = attribute(offered, 'bfcpver') !== undefined;
  return {
    kind: offered.kind,
    port,
    protocol: offered.protocol,
    formats: ['*'],
    bandwidths: [],
    attributes: [
      ...(mid === undefined ? [] : [said('mid', mid)]),
      ...tcp,
      said('floorctrl', 's-only'),
      said('confid', `${conferenceId}`),
      said('userid', `${userId}`),
      said('floorid', `${floorId} mstrm:${label}`),
      ...(saysVersion ? [said('bfcpver', VERSIONS[transport])] : []),
    ],
  };
}
