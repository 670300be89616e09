import {
  createInDialogRequest,
  createUacDialog,
  cseqOf,
  type Dialog,
  formatRAck,
  orderOfReliable,
  type SipBody,
  type SipRequest,
  type SipResponse,
  tagOf,
} from '@plugfest/sip';
import type { Call } from './call.ts';
import { dialogFlow } from './dialog-flow.ts';
import { exchangeAuthorized } from './exchange.ts';

/** More branches than any fork of ours has. */
const MAX_EARLY_DIALOGS = 20;

interface EarlyDialog {
  dialog: Dialog;
  last: number | undefined;
}

/** The early dialogs of our INVITE that had a reliable provisional response: there is one a callee that it was forked to. @see RFC 3262 §4 */
export class EarlyDialogs {
  readonly #call: Call;
  readonly #byTag = new Map<string, EarlyDialog>();

  constructor(call: Call) {
    this.#call = call;
  }

  /** Whether the response is the next of its dialog; what is repeated, or came too early, is to be dropped. */
  takes(invite: SipRequest, response: SipResponse, number: number): boolean {
    const tag = tagOf(response, 'To');
    let early = this.#byTag.get(tag);
    if (early === undefined) {
      if (tag === '' || this.#byTag.size >= MAX_EARLY_DIALOGS) return false;
      early = { dialog: createUacDialog(invite, response), last: undefined };
      this.#byTag.set(tag, early);
    }
    if (orderOfReliable(early.last, number) !== 'next') return false;
    early.last = number;
    return true;
  }

  /** The dialog of this tag with the CSeq that our PRACKs brought it to. */
  dialogOf(tag: string): Dialog | undefined {
    return this.#byTag.get(tag)?.dialog;
  }

  /** Sends the PRACK for a response that was taken. Resolves with its final response; undefined when there was no way to send it. */
  async acknowledge(
    invite: SipRequest,
    response: SipResponse,
    number: number,
    body: SipBody | undefined,
  ): Promise<SipResponse | undefined> {
    const { core } = this.#call;
    const tag = tagOf(response, 'To');
    const early = this.#byTag.get(tag);
    const isOurs = this.#call.dialog?.remoteTag === tag;
    const dialog = isOurs ? this.#call.dialog : early?.dialog;
    if (early === undefined || dialog === undefined) return undefined;
    const rack = { responseNumber: number, sequence: cseqOf(invite)?.number ?? 0, method: 'INVITE' };
    const headers = [{ name: 'RAck', value: formatRAck(rack) }, ...core.identity.requestHeaders()];
    const built = createInDialogRequest(dialog, { method: 'PRACK', headers, body });
    early.dialog = built.dialog;
    if (isOurs) this.#call.dialog = built.dialog;
    const { flow, peerAlias, isDirect } = this.#call;
    const way = await dialogFlow({ core, dialog: built.dialog, flow, peerAlias, isDirect }, built.request);
    return way.ok ? exchangeAuthorized(core.layer, core.digest, built.request, way.value) : undefined;
  }
}
