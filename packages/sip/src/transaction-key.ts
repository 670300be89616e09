import type { SipRequest, SipResponse } from './message.ts';
import { cseqOf, tagOf, topVia } from './message-fields.ts';
import { header } from './message-headers.ts';
import { parameter } from './parameters.ts';
import { formatHostPort } from './sip-uri.ts';
import { BRANCH_COOKIE } from './via.ts';

/**
 * What server transactions are found by: branch, sent-by and method (ACK finds its INVITE). Requests of RFC 2543, without the cookie, are
 * matched by Call-ID, From tag, CSeq number and Request-URI. Undefined without a usable Via or CSeq.
 * @see RFC 3261 §17.2.3
 */
export function serverTransactionKey(request: SipRequest, method: string = request.method): string | undefined {
  const via = topVia(request);
  if (via === undefined) return undefined;
  const found = method === 'ACK' ? 'INVITE' : method;
  const sentBy = formatHostPort(via.host, via.port);
  const branch = parameter(via.parameters, 'branch') ?? '';
  if (branch.startsWith(BRANCH_COOKIE) && branch.length > BRANCH_COOKIE.length) return `${branch} ${sentBy} ${found}`;
  const cseq = cseqOf(request);
  return (
    cseq &&
    `2543 ${header(request, 'Call-ID')} ${tagOf(request, 'From')} ${cseq.number} ${request.uri} ${sentBy} ${found}`
  );
}

/** What client transactions are found by: branch and CSeq method. @see RFC 3261 §17.1.3 */
export function clientTransactionKey(message: SipRequest | SipResponse): string | undefined {
  const via = topVia(message);
  const branch = via && parameter(via.parameters, 'branch');
  const method = cseqOf(message)?.method;
  return branch && method ? `${branch} ${method}` : undefined;
}
