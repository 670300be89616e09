import type { Random } from '@plugfest/model';

/** The two ways in which Lync clients wrote ICE: as drafts of it had it at the time. @see MS-ICE, MS-ICE2 */
export type IceDialect = 'draft-6' | 'v19';

/** What one m-line's connectivity checks are secured with, in both ways of writing. */
export interface IceCredentials {
  /** 4 and 24 characters. */
  readonly fragment: string;
  readonly password: string;
  /** 32 and 20 characters of base64: draft 6 had them in each candidate. */
  readonly draftUser: string;
  readonly draftPassword: string;
}

/** Where packets of an m-line go, as its description says. */
interface Place {
  readonly address: string;
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

export function iceCredentials(random: Random): IceCredentials {
  return {
    fragment: random.token(4),
    password: random.token(24),
    draftUser: random.token(32),
    draftPassword: random.token(20),
  };
}

/** Priorities as Lync 2013 sends them: of the host, of a TCP candidate, of IPv6; the component is taken from each. */
const PRIORITIES = {
  host: 2_130_706_431,
  hostRtcp: 2_130_705_918,
  ipv6: 33_553_407,
  ipv6Rtcp: 33_552_894,
  tcp: 1_684_797_951,
  tcpRtcp: 1_684_797_438,
};

/** Draft 6 counts from 0 to 1. */
const DRAFT_HOST_PRIORITY = '0.830';

/** On a machine without another address the IPv6 one is this [M]; no peer that is not a Lync client reads the attribute. */
const IPV6_HOST = '::1';

/**
 * A description with the candidates of its m-lines in one of the dialects, after `a=rtcp`. Said last, for they name the places that `m=`, `c=` and `a=rtcp` name.
 * Each candidate of v19 ends in a space, as Lync's do. With `remote` only the chosen pair is said, as in the INVITE that follows the checks.
 */
export function withIce(
  sdp: string,
  dialect: IceDialect,
  credentials: readonly IceCredentials[],
  remote?: readonly Place[],
): string {
  const [session = '', ...media] = sdp.split(/^(?=m=)/m);
  const sections = media.map((section, index) => {
    const [place, own] = [placeOf(section, session), credentials[index]];
    if (!place || !own) return section;
    const lines = dialect === 'draft-6' ? draftLines(place, own) : currentLines(place, own, remote?.[index]);
    return section.replace(/^(a=rtcp:.*\r\n)/m, (line) => line + lines.map((text) => `a=${text}\r\n`).join(''));
  });
  return [session, ...sections].join('');
}

/** Where the media of a description go, by m-line; what cannot be read or is refused is left out. */
export function placesIn(sdp: string): (Place | undefined)[] {
  const [session = '', ...media] = sdp.split(/^(?=m=)/m);
  return media.map((section) => placeOf(section, session));
}

function placeOf(section: string, session: string): Place | undefined {
  const address = (/^c=IN IP\d (\S+)/m.exec(section) ?? /^c=IN IP\d (\S+)/m.exec(session))?.[1];
  const rtpPort = Number(/^m=\S+ (\d+)/.exec(section)?.[1] ?? 0);
  const rtcpPort = Number(/^a=rtcp:(\d+)/m.exec(section)?.[1] ?? rtpPort + 1);
  return address === undefined || rtpPort === 0 ? undefined : { address, rtpPort, rtcpPort };
}

function draftLines({ address, rtpPort, rtcpPort }: Place, { draftUser, draftPassword }: IceCredentials): string[] {
  return [rtpPort, rtcpPort].map(
    (port, at) => `candidate:${draftUser} ${at + 1} ${draftPassword} UDP ${DRAFT_HOST_PRIORITY} ${address} ${port}`,
  );
}

function currentLines(place: Place, { fragment, password }: IceCredentials, remote: Place | undefined): string[] {
  const { address, rtpPort, rtcpPort } = place;
  const hosts = [
    `candidate:1 1 UDP ${PRIORITIES.host} ${address} ${rtpPort} typ host `,
    `candidate:1 2 UDP ${PRIORITIES.hostRtcp} ${address} ${rtcpPort} typ host `,
  ];
  const others = [
    `x-candidate-ipv6:3 1 UDP ${PRIORITIES.ipv6} ${IPV6_HOST} ${rtpPort} typ host `,
    `x-candidate-ipv6:3 2 UDP ${PRIORITIES.ipv6Rtcp} ${IPV6_HOST} ${rtcpPort} typ host `,
    `candidate:4 1 TCP-ACT ${PRIORITIES.tcp} ${address} ${rtpPort} typ srflx raddr ${address} rport ${rtpPort} `,
    `candidate:4 2 TCP-ACT ${PRIORITIES.tcpRtcp} ${address} ${rtpPort} typ srflx raddr ${address} rport ${rtpPort} `,
  ];
  const credentials = [`ice-ufrag:${fragment}`, `ice-pwd:${password}`];
  if (!remote) return [...credentials, ...hosts, ...others];
  const chosen = `remote-candidates:1 ${remote.address} ${remote.rtpPort} 2 ${remote.address} ${remote.rtcpPort}`;
  return [...credentials, ...hosts, chosen];
}
