import { createResponse, cseqOf, type SipRequest, type SipResponse, withHeader } from '@plugfest/sip';
import type { ClientTransaction } from './client-transaction.ts';
import type { DigestClient } from './digest-client.ts';
import type { Flow } from './flow.ts';
import type { TransactionLayer } from './transaction-layer.ts';

/** Sends a request and waits for its final response; 408 on timeout and 503 on a broken flow are made up here. A 2xx to INVITE may come again (`onRepeated`). @see RFC 3261 §8.1.3.1, §13.2.2.4 */
export function exchange(
  layer: TransactionLayer,
  request: SipRequest,
  flow: Flow,
  onSent?: (transaction: ClientTransaction) => void,
  onProvisional?: (response: SipResponse) => void,
  onRepeated?: (response: SipResponse) => void,
): Promise<SipResponse> {
  return new Promise((resolve) => {
    let isAnswered = false;
    const receiveFinal = (response: SipResponse): void => {
      if (isAnswered) onRepeated?.(response);
      isAnswered = true;
      resolve(response);
    };
    const transaction = layer.send(request, flow, {
      onResponse: (response) => (response.statusCode < 200 ? onProvisional?.(response) : receiveFinal(response)),
      onTimeout: () => resolve(localResponse(request, 408)),
      onTransportFailure: () => resolve(localResponse(request, 503)),
    });
    onSent?.(transaction);
  });
}

/** A response that nobody sent. */
export function localResponse(request: SipRequest, statusCode: number, reasonPhrase?: string): SipResponse {
  return createResponse(request, { statusCode, reasonPhrase });
}

/** Like `exchange`, but answers one challenge. */
export async function exchangeAuthorized(
  layer: TransactionLayer,
  digest: DigestClient,
  request: SipRequest,
  flow: Flow,
): Promise<SipResponse> {
  const response = await exchange(layer, request, flow);
  const retry = authorizedRetry(digest, request, response);
  return retry === undefined ? response : exchange(layer, retry, flow);
}

/** The request with credentials and the next CSeq, when the response asks for some that we have. */
export function authorizedRetry(
  digest: DigestClient,
  request: SipRequest,
  response: SipResponse,
): SipRequest | undefined {
  const credentials = digest.authorize(request, response);
  if (credentials === undefined) return undefined;
  const sequence = (cseqOf(request)?.number ?? 0) + 1;
  return withHeader(withHeader(request, credentials.name, credentials.value), 'CSeq', `${sequence} ${request.method}`);
}
