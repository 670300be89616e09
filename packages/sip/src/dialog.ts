import { createRequest } from './create-message.ts';
import type { SipBody, SipHeader, SipRequest, SipResponse } from './message.ts';
import { addressOf, cseqOf, tagOf } from './message-fields.ts';
import { header, headerValues } from './message-headers.ts';
import { parseNameAddr } from './name-addr.ts';
import { parameter } from './parameters.ts';
import { parseSipUri } from './sip-uri.ts';

/** A dialog's state, immutable: functions return the next one. @see RFC 3261 §12 */
export interface Dialog {
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  readonly localTag: string;
  /** Empty when an RFC 2543 peer sent none. */
  readonly remoteTag: string;
  /** The From/To header values (name-addr and tag) to put into our requests. */
  readonly local: string;
  readonly remote: string;
  /** URI of the peer's Contact: Request-URI of our requests. */
  readonly remoteTarget: string;
  /** Route headers, first hop first. */
  readonly routeSet: readonly string[];
  readonly localSequence: number;
  readonly remoteSequence: number | undefined;
  readonly early: boolean;
  readonly secure: boolean;
}

/** The dialog that a response of 101-299 makes at the caller. DIVERGES: without a Contact the Request-URI stays the target. @see RFC 3261 §12.1.2 */
export function createUacDialog(request: SipRequest, response: SipResponse): Dialog {
  return {
    role: 'uac',
    callId: header(request, 'Call-ID') ?? '',
    localTag: tagOf(request, 'From'),
    remoteTag: tagOf(response, 'To'),
    local: header(request, 'From') ?? '',
    remote: header(response, 'To') ?? '',
    remoteTarget: addressOf(response, 'Contact')?.uri ?? request.uri,
    routeSet: headerValues(response, 'Record-Route').reverse(),
    localSequence: cseqOf(request)?.number ?? 0,
    remoteSequence: undefined,
    early: response.statusCode < 200,
    secure: request.uri.startsWith('sips:'),
  };
}

/** The dialog that a request makes at the called side; `localTag` is the tag of our responses. @see RFC 3261 §12.1.1 */
export function createUasDialog(request: SipRequest, localTag: string): Dialog {
  const to = header(request, 'To') ?? '';
  return {
    role: 'uas',
    callId: header(request, 'Call-ID') ?? '',
    localTag,
    remoteTag: tagOf(request, 'From'),
    local: tagOf(request, 'To') === '' ? `${to};tag=${localTag}` : to,
    remote: header(request, 'From') ?? '',
    remoteTarget: addressOf(request, 'Contact')?.uri ?? addressOf(request, 'From')?.uri ?? '',
    routeSet: headerValues(request, 'Record-Route'),
    localSequence: 0,
    remoteSequence: cseqOf(request)?.number,
    early: true,
    secure: request.uri.startsWith('sips:'),
  };
}

/** Methods whose Contact replaces the remote target. @see RFC 3261 §12.2, RFC 3311 §5.1 */
const TARGET_REFRESH = ['INVITE', 'UPDATE', 'SUBSCRIBE', 'NOTIFY', 'REFER'];

/** Identifies a dialog at this side. @see RFC 3261 §12 */
export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** The dialog with the Contact of a 2xx to a target refresh request; a 2xx to the first INVITE also fixes the route set. @see RFC 3261 §13.2.2.4 */
export function confirmDialog(dialog: Dialog, response: SipResponse): Dialog {
  const remoteTarget = addressOf(response, 'Contact')?.uri ?? dialog.remoteTarget;
  const routeSet =
    dialog.early && dialog.role === 'uac' ? headerValues(response, 'Record-Route').reverse() : dialog.routeSet;
  return { ...dialog, early: false, remoteTarget, routeSet };
}

/** The dialog with the Contact of a 2xx to a target refresh request in it, early or not. @see RFC 3261 §12.2.1.2, RFC 3311 §5.1 */
export function refreshTarget(dialog: Dialog, response: SipResponse): Dialog {
  const remoteTarget = addressOf(response, 'Contact')?.uri;
  return remoteTarget === undefined ? dialog : { ...dialog, remoteTarget };
}

/** Takes in a request of the peer: the next dialog, or undefined when its CSeq is not above the last one (500 is owed). @see RFC 3261 §12.2.2 */
export function receiveInDialog(dialog: Dialog, request: SipRequest): Dialog | undefined {
  const sequence = cseqOf(request)?.number;
  if (sequence === undefined) return undefined;
  if (dialog.remoteSequence !== undefined && sequence <= dialog.remoteSequence) return undefined;
  const contact = TARGET_REFRESH.includes(request.method) ? addressOf(request, 'Contact')?.uri : undefined;
  return { ...dialog, remoteSequence: sequence, remoteTarget: contact ?? dialog.remoteTarget };
}

export interface InDialogFields {
  readonly method: string;
  readonly headers?: readonly SipHeader[] | undefined;
  readonly body?: SipBody | undefined;
  /** CSeq number; default: the next one. ACK takes that of its INVITE. */
  readonly sequence?: number | undefined;
}

/** A request within the dialog, without Via, and the dialog after it. Strict routers are served too. @see RFC 3261 §12.2.1.1 */
export function createInDialogRequest(
  dialog: Dialog,
  fields: InDialogFields,
): { readonly request: SipRequest; readonly dialog: Dialog } {
  const sequence = fields.sequence ?? dialog.localSequence + 1;
  const routing = routeOf(dialog);
  const request = createRequest({
    ...fields,
    ...routing,
    from: dialog.local,
    to: dialog.remote,
    callId: dialog.callId,
    sequence,
  });
  return { request, dialog: { ...dialog, localSequence: Math.max(dialog.localSequence, sequence) } };
}

function routeOf(dialog: Dialog): { uri: string; route: readonly string[] } {
  const [first, ...rest] = dialog.routeSet;
  const address = first === undefined ? undefined : parseNameAddr(first);
  if (!address?.ok || isLooseRouter(address.value.uri)) return { uri: dialog.remoteTarget, route: dialog.routeSet };
  return { uri: address.value.uri, route: [...rest, `<${dialog.remoteTarget}>`] };
}

/** Whether a Route URI has `lr`. @see RFC 3261 §16.12 */
export function isLooseRouter(uri: string): boolean {
  const parsed = parseSipUri(uri);
  return parsed.ok && parameter(parsed.value.parameters, 'lr') !== undefined;
}
