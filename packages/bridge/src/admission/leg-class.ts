import { header, headers, type SipMessage, type SipRequest } from '@plugfest/sip';

/** What kind of world a leg comes from: bridges of the field treat each otherwise (FEDERATION §4, minimum 10). */
export const LEG_CLASSES = [
  'skype-gw',
  'mssip-avmcu',
  'mssip-peer',
  'cisco-room',
  'webrtc',
  'audio-only',
  'sip',
] as const;
export type LegClass = (typeof LEG_CLASSES)[number];

/** What an edge vouches for, or `unknown`: `publiccloud`, `federation`, … @see [MS-SIPRE] §2.2.15 */
export type SourceNetwork = string;

interface LegFacts {
  readonly userAgent: string;
  readonly sourceNetwork: SourceNetwork;
  readonly from: string;
  readonly offer: string;
}

interface LegRow {
  readonly legClass: LegClass;
  readonly fits: (facts: LegFacts) => boolean;
}

/** The first that fits counts. What products call themselves is a matter of record; that they are told apart by it is a modelling choice. [M] */
const LEG_ROWS: readonly LegRow[] = [
  {
    legClass: 'skype-gw',
    fits: ({ sourceNetwork, userAgent }) =>
      sourceNetwork === 'publiccloud' || /\bSkype(LyncGateway)?\//.test(userAgent),
  },
  { legClass: 'mssip-avmcu', fits: ({ from }) => /;opaque=app:conf:audio-video:id:/i.test(from) },
  { legClass: 'mssip-peer', fits: ({ userAgent }) => /\b(UCCAPI|UCWA|RTCC|UCMA)\//.test(userAgent) },
  { legClass: 'cisco-room', fits: ({ userAgent }) => /\bTANDBERG\/|\bCisco-/.test(userAgent) },
  { legClass: 'webrtc', fits: ({ offer }) => /^m=\w+ \d+ UDP\/TLS\/RTP\/SAVPF\b/m.test(offer) },
  { legClass: 'audio-only', fits: ({ offer }) => offer !== '' && !/^m=video [1-9]/m.test(offer) },
];

/** What kind of leg a call is, by its INVITE or by the answer to ours; `sip` where nothing more is known. */
export function legClassOf(message: SipMessage): LegClass {
  const facts = {
    userAgent: userAgentOf(message),
    sourceNetwork: message.kind === 'request' ? sourceNetworkOf(message) : 'unknown',
    from: `${header(message, 'From') ?? ''} ${header(message, 'Contact') ?? ''}`,
    offer: Buffer.from(message.body).toString('latin1'),
  };
  return LEG_ROWS.find(({ fits }) => fits(facts))?.legClass ?? 'sip';
}

export function sourceNetworkOf(request: SipRequest): SourceNetwork {
  const [trust] = headers(request, 'ms-edge-proxy-message-trust');
  return /;\s*ms-source-network=([\w-]{1,40})/i.exec(trust ?? '')?.[1]?.toLowerCase() ?? 'unknown';
}

export function userAgentOf(message: SipMessage): string {
  return (header(message, 'User-Agent') ?? header(message, 'Server') ?? '').slice(0, 200);
}
