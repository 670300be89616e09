import {
  createUasDialog,
  formatHostPort,
  header,
  headerValues,
  octetsOf,
  parseSipUri,
  type SipHeader,
  type SipRequest,
  topVia,
  unicodeOf,
} from '@plugfest/sip';
import { Call, partyOf } from './call.ts';
import type { CallCore } from './call-core.ts';
import type { Flow } from './flow.ts';
import { respond, succeed } from './in-dialog.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { IncomingSession, ResponseSpec } from './session.ts';

/** A call that we are offered. @see RFC 3261 §13.3 */
export class IncomingCall extends Call implements IncomingSession {
  readonly request: SipRequest;
  readonly remoteUri: string;
  readonly remoteDisplayName: string | undefined;
  readonly requestUser: string;
  readonly #transaction: ServerTransaction;
  readonly #acked = Promise.withResolvers<SipRequest>();
  #accepted = false;

  constructor(core: CallCore, transaction: ServerTransaction, flow: Flow) {
    super(core, core.identity.newTag());
    const { request } = transaction;
    const party = partyOf(request, 'From');
    const uri = parseSipUri(request.uri);
    const via = topVia(request);
    this.request = request;
    this.remoteUri = party.uri;
    this.remoteDisplayName = party.displayName;
    this.requestUser = uri.ok ? unicodeOf(uri.value.user ?? '') : '';
    this.#transaction = transaction;
    this.state = 'proceeding';
    this.flow = flow;
    this.callId = header(request, 'Call-ID') ?? '';
    this.isDirect = headerValues(request, 'Via').length === 1;
    this.peerAlias = via && formatHostPort(via.host, via.port);
    this.dialog = createUasDialog(request, this.localTag);
    transaction.onCancel = (cancel) => this.#cancelled(cancel);
    core.add(this);
  }

  get acked(): Promise<SipRequest> {
    return this.#acked.promise;
  }

  ring(headers: readonly SipHeader[] = []): void {
    this.progress({ statusCode: 180, headers });
  }

  progress(response: ResponseSpec): void {
    if (this.#isAnswered) return;
    const contact = this.core.identity.contact(this.#transaction.flow);
    respond(this, this.#transaction, { ...response, headers: [contact, ...(response.headers ?? [])] });
    if (response.statusCode > 100) this.state = 'early';
  }

  accept(
    answer: { readonly body?: Uint8Array; readonly contentType?: string; readonly headers?: readonly SipHeader[] } = {},
  ): void {
    if (this.#isAnswered) return;
    this.#accepted = true;
    const headers = [...this.core.identity.defaultHeaders(), ...(answer.headers ?? [])];
    const body = answer.body && { contentType: answer.contentType ?? 'application/sdp', body: answer.body };
    this.state = 'established';
    if (this.dialog !== undefined) this.dialog = { ...this.dialog, early: false };
    const success = succeed(
      this,
      this.#transaction,
      body === undefined ? { statusCode: 200, headers } : { statusCode: 200, headers, body },
    );
    success.acknowledged.then(this.#acked.resolve);
  }

  reject(statusCode: number, reasonPhrase?: string, headers: readonly SipHeader[] = []): void {
    if (this.#isAnswered) return;
    const phrase = reasonPhrase === undefined ? {} : { reasonPhrase: octetsOf(reasonPhrase) };
    respond(this, this.#transaction, { statusCode, headers, ...phrase });
    this.end('rejected');
  }

  get #isAnswered(): boolean {
    return this.#accepted || this.state === 'terminated';
  }

  #cancelled(cancel: SipRequest): void {
    if (this.#isAnswered) return;
    respond(this, this.#transaction, { statusCode: 487 });
    this.end('cancelled', cancel);
  }

  /** Before the ACK a BYE has to wait. @see RFC 3261 §15 */
  async bye(headers: readonly SipHeader[] = []): Promise<void> {
    if (!this.#isAnswered) return this.reject(603, undefined, headers);
    if (this.state === 'terminated') return;
    await Promise.race([this.acked, this.terminated]);
    if (this.state !== 'established') return;
    await this.hangUp(headers);
  }
}
