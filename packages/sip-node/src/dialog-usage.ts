import {
  createInDialogRequest,
  type Dialog,
  dialogKey,
  formatHostPort,
  headerValues,
  receiveInDialog,
  type SipRequest,
  type SipResponse,
  topVia,
} from '@plugfest/sip';
import type { CallCore } from './call-core.ts';
import { type DialogPath, dialogFlow } from './dialog-flow.ts';
import { authorizedRetry, exchange, localResponse } from './exchange.ts';
import type { Flow } from './flow.ts';
import type { RequestOptions } from './session.ts';

/** What sends requests within a dialog: a call, or a dialog of its own. */
export interface DialogSender {
  sendRequest(method: string, options?: RequestOptions): Promise<SipResponse>;
}

/** A dialog that is no call: a subscription's. @see RFC 6665 §4.4 */
export class DialogUsage implements DialogPath, DialogSender {
  readonly core: CallCore;
  dialog: Dialog;
  flow: Flow;
  readonly peerAlias: string | undefined;
  readonly isDirect: boolean;

  constructor(core: CallCore, dialog: Dialog, flow: Flow, path: { peerAlias: string | undefined; isDirect: boolean }) {
    this.core = core;
    this.dialog = dialog;
    this.flow = flow;
    this.peerAlias = path.peerAlias;
    this.isDirect = path.isDirect;
  }

  /** The dialog that `request` opens with us. */
  static ofRequest(core: CallCore, dialog: Dialog, request: SipRequest, flow: Flow): DialogUsage {
    const via = topVia(request);
    const peerAlias = via && formatHostPort(via.host, via.port);
    return new DialogUsage(core, dialog, flow, { peerAlias, isDirect: headerValues(request, 'Via').length === 1 });
  }

  get key(): string {
    return dialogKey(this.dialog.callId, this.dialog.localTag, this.dialog.remoteTag);
  }

  /** Takes in a request of the peer; false when its CSeq is not above the last one (500 is owed). */
  receive(request: SipRequest, flow: Flow): boolean {
    const next = receiveInDialog(this.dialog, request);
    if (next === undefined) return false;
    this.dialog = next;
    if (this.flow.closed) this.flow = flow;
    return true;
  }

  /** Resolves with the final response; a challenge is answered once. */
  async sendRequest(method: string, options: RequestOptions = {}): Promise<SipResponse> {
    const { core } = this;
    const request = this.#next(method, options);
    const flow = await dialogFlow(this, request);
    if (!flow.ok) return localResponse(request, 503, `Service Unavailable (${flow.error.text})`);
    const whole = { ...request, headers: [...request.headers, core.identity.contact(flow.value)] };
    const response = await exchange(core.layer, whole, flow.value);
    const retry = authorizedRetry(core.digest, whole, response);
    if (retry === undefined) return response;
    this.#next(method, options);
    return exchange(core.layer, retry, flow.value);
  }

  #next(method: string, options: RequestOptions): SipRequest {
    const headers = [...this.core.identity.requestHeaders(), ...(options.headers ?? [])];
    const built = createInDialogRequest(this.dialog, { method, headers, body: options.body });
    this.dialog = built.dialog;
    return built.request;
  }
}
