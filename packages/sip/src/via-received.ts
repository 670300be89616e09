import type { SipRequest } from './message.ts';
import { headers, splitValues, withHeaders } from './message-headers.ts';
import { parameter, withParameter } from './parameters.ts';
import { formatVia, parseVia } from './via.ts';

/** The request with `received` and `rport` put into its top Via where they are owed. @see RFC 3261 §18.2.1, RFC 3581 §4 */
export function stampReceived(
  request: SipRequest,
  source: { readonly host: string; readonly port: number },
): SipRequest {
  const lines = headers(request, 'Via');
  const [first = '', ...more] = splitValues(lines[0] ?? '');
  const via = parseVia(first);
  if (!via.ok) return request;
  const wantsPort = parameter(via.value.parameters, 'rport') !== undefined;
  if (via.value.host === source.host && !wantsPort) return request;
  let parameters = withParameter(via.value.parameters, 'received', source.host);
  if (wantsPort) parameters = withParameter(parameters, 'rport', String(source.port));
  const stamped = [formatVia({ ...via.value, parameters }), ...more].join(', ');
  return withHeaders(request, 'Via', [stamped, ...lines.slice(1)]);
}
