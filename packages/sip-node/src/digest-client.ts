import type { Random } from '@plugfest/model';
import {
  answerChallenge,
  chooseChallenge,
  type DigestCredentials,
  headers,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from '@plugfest/sip';

/** Answers 401 and 407 with our credentials, for our realm only. @see RFC 3261 §22, RFC 8760 */
export class DigestClient {
  readonly #credentials: DigestCredentials | undefined;
  readonly #random: Random;
  readonly #nonceCounts = new Map<string, number>();

  constructor(credentials: DigestCredentials | undefined, random: Random) {
    this.#credentials = credentials;
    this.#random = random;
  }

  /** The header to send `request` again with; undefined when the response is no challenge that we can or may answer. */
  authorize(request: SipRequest, response: SipResponse): SipHeader | undefined {
    const names = HEADERS[response.statusCode];
    if (names === undefined || this.#credentials === undefined) return undefined;
    const challenge = chooseChallenge(headers(response, names.challenge), this.#credentials.realm);
    if (challenge === undefined) return undefined;
    if (headers(request, names.answer).length > 0 && !challenge.stale) return undefined;
    const nonceCount = (this.#nonceCounts.get(challenge.nonce) ?? 0) + 1;
    if (this.#nonceCounts.size > 100) this.#nonceCounts.clear();
    this.#nonceCounts.set(challenge.nonce, nonceCount);
    const fields = { method: request.method, uri: request.uri, cnonce: this.#random.token(16), nonceCount };
    return { name: names.answer, value: answerChallenge(challenge, this.#credentials, fields) };
  }
}

const HEADERS: Readonly<Record<number, { readonly challenge: string; readonly answer: string }>> = {
  401: { challenge: 'WWW-Authenticate', answer: 'Authorization' },
  407: { challenge: 'Proxy-Authenticate', answer: 'Proxy-Authorization' },
};
