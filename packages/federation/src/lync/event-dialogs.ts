import {
  createInDialogRequest,
  createUasDialog,
  type Dialog,
  header,
  headerValues,
  type SipBody,
  type SipRequest,
} from '@plugfest/sip';
import type { Flow } from '@plugfest/sip-node';

/** One subscription of one client to one of our packages. */
export interface EventDialog {
  readonly event: string;
  /** `user@domain` of who subscribed. */
  readonly subscriber: string;
  readonly flow: Flow;
  /** `user@domain` of those whose presence was asked for; empty for one's own data. */
  readonly resources: readonly string[];
  /** Notified by BENOTIFY, which nobody answers. @see [MS-SIP] §3.6 */
  readonly bestEffort: boolean;
  readonly expiresAtMs: number;
  dialog: Dialog;
}

const MAX_DIALOGS = 5000;

/** Subscriptions that are in force, by dialog. */
export class EventDialogs {
  readonly #dialogs = new Map<string, EventDialog>();

  /** Takes a SUBSCRIBE in: a new dialog, or the known one refreshed. Undefined where there are too many. */
  subscribe(
    request: SipRequest,
    localTag: string,
    given: Omit<EventDialog, 'dialog' | 'bestEffort'>,
  ): EventDialog | undefined {
    const key = keyOf(request, given.event);
    const known = this.#dialogs.get(key);
    if (known === undefined && this.#dialogs.size >= MAX_DIALOGS) return undefined;
    const bestEffort = headerValues(request, 'Supported').some((tag) => tag.toLowerCase() === 'ms-benotify');
    const resources = given.resources.length > 0 ? given.resources : (known?.resources ?? []);
    const dialog = known?.dialog ?? createUasDialog(request, localTag);
    const entry: EventDialog = { ...given, resources, bestEffort, dialog };
    this.#dialogs.set(key, entry);
    return entry;
  }

  /** Whether this SUBSCRIBE is within a dialog of ours. */
  knows(request: SipRequest, event: string): boolean {
    return this.#dialogs.has(keyOf(request, event));
  }

  remove(request: SipRequest, event: string): void {
    this.#dialogs.delete(keyOf(request, event));
  }

  dropFlow(flow: Flow): void {
    for (const [key, entry] of this.#dialogs) if (entry.flow.id === flow.id) this.#dialogs.delete(key);
  }

  /** Dialogs of a package that tell of a person's presence, or are that person's own. */
  of(event: string, about: (entry: EventDialog) => boolean, nowMs: number): readonly EventDialog[] {
    return [...this.#dialogs.values()].filter(
      (entry) => entry.event === event && entry.expiresAtMs > nowMs && !entry.flow.closed && about(entry),
    );
  }
}

/** Counts a notification that travels with the answer to its SUBSCRIBE, and says under which number. @see [MS-SIP] §3.7 */
export function piggybackSequence(entry: EventDialog): number {
  entry.dialog = { ...entry.dialog, localSequence: entry.dialog.localSequence + 1 };
  return entry.dialog.localSequence;
}

/** The next notification of a dialog. */
export function notification(entry: EventDialog, body: SipBody, nowMs: number): SipRequest {
  const seconds = Math.max(0, Math.round((entry.expiresAtMs - nowMs) / 1000));
  const { request, dialog } = createInDialogRequest(entry.dialog, {
    method: entry.bestEffort ? 'BENOTIFY' : 'NOTIFY',
    headers: [
      { name: 'Event', value: entry.event },
      { name: 'subscription-state', value: seconds > 0 ? `active;expires=${seconds}` : 'terminated;reason=timeout' },
    ],
    body,
  });
  entry.dialog = dialog;
  return request;
}

function keyOf(request: SipRequest, event: string): string {
  return `${header(request, 'Call-ID') ?? ''} ${event.toLowerCase()}`;
}
