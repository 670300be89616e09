import type { ToolName } from '@plugfest/host';
import type { PeerExchange } from '@plugfest/model';
import type { JoinTarget } from '../endpoint.ts';

/** What one process of a peer is given. */
export interface PeerSeat {
  readonly bridge: JoinTarget['bridge'];
  /** User part of the conference's address. */
  readonly user: string;
  /** Where its SIP is. */
  readonly port: number;
  /** Four ports for sound and pictures that it never sends, and one to be steered by. */
  readonly mediaPort: number;
  readonly controlPort: number;
  /** TCP, shared by the processes of one peer. */
  readonly twinPort: number;
}

/** A program of others that speaks SIP and has no media that could be measured. */
export interface PeerRow {
  readonly title: string;
  readonly tool: ToolName;
  /** It waits for the bridge's call instead of calling. */
  readonly isCalled?: boolean;
  /** What must be found on the wire, besides its exit code. */
  readonly exchanges: readonly PeerExchange[];
  /** Its processes by their arguments, in the order in which they are started: the next when the one before listens on the twin port. */
  readonly processes: readonly ((seat: PeerSeat) => readonly string[])[];
}

/** Calls of one SIPp. */
const CALLS = 5;
const LIMIT_S = 15;
/** `sipsak -U` registers for so long. */
const EXPIRES_S = 60;

/** What each SIPp is told: one address, an end of its own, and no mercy with what is left at its end. */
function sippArguments({ port, mediaPort, controlPort, user }: PeerSeat): string[] {
  return [
    ...['-i', '127.0.0.1', '-p', `${port}`, '-mi', '127.0.0.1', '-mp', `${mediaPort}`, '-cp', `${controlPort}`],
    ...['-s', user, '-nostdin', '-timeout', `${LIMIT_S}`, '-timeout_error', '-deadcall_wait', '0'],
  ];
}

const SIPP_TRANSPORTS = { udp: 'u1', tcp: 't1' } as const;

const caller =
  (scenario: string, transport: keyof typeof SIPP_TRANSPORTS, calls: number) =>
  (seat: PeerSeat): string[] => [
    ...['-sn', scenario, seat.bridge[transport] ?? '', '-t', SIPP_TRANSPORTS[transport]],
    ...['-m', `${calls}`, '-r', `${calls}`, '-d', '300'],
    ...sippArguments(seat),
  ];

const controller =
  (side: 'A' | 'B') =>
  (seat: PeerSeat): string[] => [...caller(`3pcc-C-${side}`, 'udp', 1)(seat), '-3pcc', `127.0.0.1:${seat.twinPort}`];

const sipsak =
  (transport: 'udp' | 'tcp', ...more: string[]) =>
  ({ bridge, user, port }: PeerSeat): string[] => [
    ...['-v', '-E', transport, '-l', `${port}`, '-s', `sip:${user}@${bridge[transport]}`],
    ...more,
  ];

const answered = (method: string, count: number, by: PeerExchange['by'] = 'bridge'): PeerExchange => ({
  method,
  by,
  statusCode: 200,
  count,
});

/** The peers that a scenario can name. */
export const PEER_TABLE = {
  'sipp-uac': {
    title: 'SIPp’s built-in uac, UDP',
    tool: 'sipp',
    exchanges: [answered('INVITE', CALLS), answered('BYE', CALLS)],
    processes: [caller('uac', 'udp', CALLS)],
  },
  'sipp-uac-tcp': {
    title: 'SIPp’s built-in uac, TCP',
    tool: 'sipp',
    exchanges: [answered('INVITE', CALLS), answered('BYE', CALLS)],
    processes: [caller('uac', 'tcp', CALLS)],
  },
  'sipp-uas': {
    title: 'SIPp’s built-in uas',
    tool: 'sipp',
    isCalled: true,
    exchanges: [answered('INVITE', 1, 'peer'), answered('BYE', 1, 'peer')],
    processes: [(seat) => ['-sn', 'uas', '-t', 'u1', '-m', '1', ...sippArguments(seat)]],
  },
  // B's side listens on the twin port, so it is first. Each calls the bridge: two legs whose descriptions the controller carries from one to the other.
  'sipp-3pcc': {
    title: 'SIPp’s built-in third party call control',
    tool: 'sipp',
    exchanges: [answered('INVITE', 2), answered('BYE', 2)],
    processes: [controller('B'), controller('A')],
  },
  'sipsak-options': {
    title: 'sipsak asks what the bridge can do, UDP',
    tool: 'sipsak',
    exchanges: [answered('OPTIONS', 1)],
    processes: [sipsak('udp')],
  },
  'sipsak-options-tcp': {
    title: 'sipsak asks what the bridge can do, TCP',
    tool: 'sipsak',
    exchanges: [answered('OPTIONS', 1)],
    processes: [sipsak('tcp')],
  },
  'sipsak-register': {
    title: 'sipsak registers',
    tool: 'sipsak',
    exchanges: [answered('REGISTER', 1)],
    processes: [
      (seat) => sipsak('udp', '-U', '-i', '-C', `sip:${seat.user}@127.0.0.1:${seat.port}`, '-x', `${EXPIRES_S}`)(seat),
    ],
  },
} as const satisfies Readonly<Record<string, PeerRow>>;

export type PeerProfile = keyof typeof PEER_TABLE;
