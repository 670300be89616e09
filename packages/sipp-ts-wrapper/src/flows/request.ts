import { type BranchOf, type Keyword, keyword, lastHeader, sip, type Text } from '../text.ts';

export type HeaderLine = readonly [name: string, value: string];

export interface Body {
  readonly contentType: string;
  readonly content: string | Text;
}

/** One side of a call as the messages of its flow name it. */
export interface CallParties {
  /** Request-URI of the call. */
  readonly target: string;
  /** `To`, e.g. `<sip:room@example.com>`; the target by default. */
  readonly to?: string;
  /** `From` without its tag, e.g. `"Board" <sip:board@example.com>`. */
  readonly from: string;
  readonly fromTag: string;
  /** User part and parameters of our `Contact`: `board` gives `<sip:board@host:port;transport=udp>`. */
  readonly contactUser: string;
  /** After the contact's address, e.g. `;sip.cisco.multistream`. */
  readonly contactParameters?: string;
}

export interface RequestOptions {
  readonly method: string;
  readonly uri: string | Keyword;
  readonly cseq: number | Keyword;
  readonly parties: CallParties;
  readonly branch?: Keyword | BranchOf | Text;
  /** Of the other side: none before it answered. */
  readonly toTag?: Keyword;
  readonly routes?: boolean;
  readonly contact?: boolean;
  /** `authentication(…)` */
  readonly authorization?: Text;
  readonly headers?: readonly HeaderLine[];
  readonly body?: Body;
}

/** A request of a call, headers in the order of RFC 3261 §7.3.1. */
export function formatRequest(options: RequestOptions): Text {
  const { method, parties } = options;
  return [
    ...sip`${method} ${options.uri} SIP/2.0
      Via: SIP/2.0/${keyword.transport} ${keyword.localAddress}:${keyword.localPort};branch=${options.branch ?? keyword.branch};rport
      Max-Forwards: 70
      `,
    ...(options.routes ? [keyword.routes, '\n'] : []),
    ...sip`From: ${parties.from};tag=${parties.fromTag}
      To: ${parties.to ?? `<${parties.target}>`}`,
    ...(options.toTag ? [options.toTag] : []),
    ...sip`
      Call-ID: ${keyword.callId}
      CSeq: ${options.cseq} ${method}
      `,
    ...(options.authorization ? [...options.authorization, '\n'] : []),
    ...(options.contact ? contactLine(parties) : []),
    ...headersAndBody(options.headers ?? [], options.body),
  ];
}

export interface ResponseOptions {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  /** Our tag for `To`, where the request had none. */
  readonly toTag?: string;
  readonly contact?: CallParties;
  readonly headers?: readonly HeaderLine[];
  readonly body?: Body;
}

/** A response to the request that was received last. */
export function formatResponse(options: ResponseOptions): Text {
  return [
    ...sip`SIP/2.0 ${options.statusCode} ${options.reasonPhrase}
      ${lastHeader('Via')}
      ${lastHeader('Record-Route')}
      ${lastHeader('From')}
      ${lastHeader('To')}`,
    options.toTag === undefined ? '' : `;tag=${options.toTag}`,
    ...sip`
      ${lastHeader('Call-ID')}
      ${lastHeader('CSeq')}
      `,
    ...(options.contact ? contactLine(options.contact) : []),
    ...headersAndBody(options.headers ?? [], options.body),
  ];
}

function contactLine({ contactUser, contactParameters = '' }: CallParties): Text {
  return sip`Contact: <sip:${contactUser}@${keyword.localAddress}:${keyword.localPort};transport=${keyword.transport}>${contactParameters}
    `;
}

function headersAndBody(headers: readonly HeaderLine[], body: Body | undefined): Text {
  return [
    ...headers.map(([name, value]) => `${name}: ${value}\n`),
    ...(body ? [`Content-Type: ${body.contentType}\n`] : []),
    ...sip`Content-Length: ${keyword.length}
      `,
    '\n',
    ...(body ? (typeof body.content === 'string' ? [body.content] : body.content) : []),
  ];
}
