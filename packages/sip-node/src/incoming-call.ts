import {
  createUasDialog,
  formatHostPort,
  header,
  headerValues,
  names,
  octetsOf,
  parseSipUri,
  type SipHeader,
  type SipRequest,
  type SipResponse,
  topVia,
  unicodeOf,
} from '@plugfest/sip';
import { Call, partyOf } from './call.ts';
import type { CallCore } from './call-core.ts';
import type { Flow } from './flow.ts';
import { respond, succeed } from './in-dialog.ts';
import { answerPrack } from './prack.ts';
import { ReliableProgress } from './reliable-progress.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { IncomingSession, ResponseSpec, SessionEndReason } from './session.ts';

/** A call that we are offered. @see RFC 3261 §13.3 */
export class IncomingCall extends Call implements IncomingSession {
  readonly request: SipRequest;
  readonly replaces: Call | undefined;
  readonly remoteUri: string;
  readonly remoteDisplayName: string | undefined;
  readonly requestUser: string;
  readonly #transaction: ServerTransaction;
  readonly #acked = Promise.withResolvers<SipRequest>();
  #accepted = false;
  #reliable: ReliableProgress | undefined;

  constructor(core: CallCore, transaction: ServerTransaction, flow: Flow, replaces?: Call) {
    super(core, core.identity.newTag());
    this.replaces = replaces;
    if (replaces !== undefined) replaces.isTaken = true;
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
    this.answering = transaction;
    if (request.body.length > 0) this.pendingOffer = 'theirs';
    transaction.onCancel = (cancel) => this.#cancelled(cancel);
    core.add(this);
  }

  get acked(): Promise<SipRequest> {
    return this.#acked.promise;
  }

  ring(headers: readonly SipHeader[] = []): void {
    this.progress({ statusCode: 180, headers });
  }

  get reliability(): 'required' | 'supported' | 'unsupported' {
    if (!this.core.identity.profile.extensions.includes('100rel')) return 'unsupported';
    if (names(this.request, 'Require', '100rel')) return 'required';
    return names(this.request, 'Supported', '100rel') ? 'supported' : 'unsupported';
  }

  progress(response: ResponseSpec): void {
    if (this.#isAnswered) return;
    if (response.statusCode > 100 && this.reliability === 'required') {
      void this.progressReliably(response);
      return;
    }
    const contact = this.core.identity.contact(this.#transaction.flow);
    respond(this, this.#transaction, { ...response, headers: [contact, ...(response.headers ?? [])] });
    if (response.statusCode > 100) this.state = 'early';
  }

  async progressReliably(response: ResponseSpec): Promise<SipRequest | undefined> {
    if (this.#isAnswered) return undefined;
    this.#reliable ??= new ReliableProgress(this.core, this.#transaction, this.localTag, () =>
      this.reject(504, 'Server Time-out (no PRACK)'),
    );
    if (response.body !== undefined && this.pendingOffer === undefined) this.pendingOffer = 'ours';
    this.state = 'early';
    const headers = [this.core.identity.contact(this.#transaction.flow), ...(response.headers ?? [])];
    return this.#reliable.send({ ...response, headers });
  }

  override receivePrack(transaction: ServerTransaction): boolean {
    if (!this.#reliable?.matches(transaction.request)) return false;
    const acknowledged = this.#reliable;
    void answerPrack(this, transaction).then(() => acknowledged.acknowledge(transaction.request));
    return true;
  }

  accept(
    answer: { readonly body?: Uint8Array; readonly contentType?: string; readonly headers?: readonly SipHeader[] } = {},
  ): void {
    if (this.#isAnswered) return;
    if (this.#reliable?.holdsSuccess) {
      void this.#reliable.settled.then(() => this.accept(answer));
      return;
    }
    this.#accepted = true;
    this.#settle();
    const timer = this.timing.answer(this.request);
    const headers = [...this.core.identity.defaultHeaders(), ...(timer?.headers ?? []), ...(answer.headers ?? [])];
    const body = answer.body && { contentType: answer.contentType ?? 'application/sdp', body: answer.body };
    this.described = body;
    this.state = 'established';
    this.timing.answered(this.request, timer);
    if (this.dialog !== undefined) this.dialog = { ...this.dialog, early: false };
    const success = succeed(
      this,
      this.#transaction,
      body === undefined ? { statusCode: 200, headers } : { statusCode: 200, headers, body },
    );
    success.acknowledged.then(this.#acked.resolve);
    void this.replaces?.bye();
  }

  reject(statusCode: number, reasonPhrase?: string, headers: readonly SipHeader[] = []): void {
    if (this.#isAnswered) return;
    this.#settle();
    const phrase = reasonPhrase === undefined ? {} : { reasonPhrase: octetsOf(reasonPhrase) };
    respond(this, this.#transaction, { statusCode, headers, ...phrase });
    this.end('rejected');
  }

  get #isAnswered(): boolean {
    return this.#accepted || this.state === 'terminated';
  }

  override end(reason: SessionEndReason, message?: SipRequest | SipResponse): void {
    this.#reliable?.stop();
    if (this.replaces !== undefined && !this.#accepted) this.replaces.isTaken = false;
    super.end(reason, message);
  }

  #settle(): void {
    this.answering = undefined;
    this.#reliable?.stop();
  }

  #cancelled(cancel: SipRequest): void {
    if (this.#isAnswered) return;
    this.#settle();
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
