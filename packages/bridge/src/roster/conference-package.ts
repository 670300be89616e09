import type { SipBody } from '@plugfest/sip';
import type { EventPackage, NotifierSubscription, ResponseSpec } from '@plugfest/sip-node';
import type { Conference } from '../conference/conference.ts';
import { CONFERENCE_INFO, formatFullState, formatPartialState } from './conference-info.ts';
import { changeBetween, type Roster, rosterOf } from './roster.ts';

/** What a subscriber knows. */
interface Watcher {
  version: number;
  known: Roster;
  /** One NOTIFY waits for its answer: what changes meanwhile is told together. */
  isTelling: boolean;
}

/** The roster for who subscribes to `conference` at a room's address. @see RFC 4575 §3 */
export class ConferencePackage implements EventPackage {
  readonly name = 'conference';
  readonly mediaTypes = [CONFERENCE_INFO];
  readonly defaultExpiresS = 3600;
  readonly maxExpiresS = 7200;
  readonly #domain: string;
  readonly #conferences: ReadonlyMap<string, Conference>;
  readonly #watchers = new Map<NotifierSubscription, Watcher>();

  constructor(domain: string, conferences: ReadonlyMap<string, Conference>) {
    this.#domain = domain;
    this.#conferences = conferences;
  }

  /** Rooms with a door tell only those who are in them who else is. */
  onSubscribe(subscription: NotifierSubscription): ResponseSpec | undefined {
    const conference = this.#conferences.get(subscription.resource);
    if (!conference) return { statusCode: 404 };
    const isInside = rosterOf(conference).has(subscription.subscriberUri);
    if (conference.settings.access !== 'open' && !isInside) return { statusCode: 403 };
    this.#watchers.set(subscription, { version: 0, known: new Map(), isTelling: false });
    void subscription.ended.then(() => this.#watchers.delete(subscription));
    return undefined;
  }

  stateFor(subscription: NotifierSubscription): SipBody | undefined {
    const conference = this.#conferences.get(subscription.resource);
    const watcher = this.#watchers.get(subscription);
    if (!conference || !watcher) return undefined;
    watcher.known = rosterOf(conference);
    watcher.version++;
    return bodyOf(formatFullState(this.#headOf(conference, watcher), conference.id, watcher.known));
  }

  /** Something happened in that conference: tells what changed to whom it matters, or that it is over. */
  update(conferenceId: string): void {
    const conference = this.#conferences.get(conferenceId);
    for (const [subscription, watcher] of this.#watchers) {
      if (subscription.resource !== conferenceId) continue;
      if (conference) void this.#tell(conference, subscription, watcher);
      else subscription.terminate('noresource');
    }
  }

  async #tell(conference: Conference, subscription: NotifierSubscription, watcher: Watcher): Promise<void> {
    if (watcher.isTelling) return;
    watcher.isTelling = true;
    while (subscription.active) {
      const now = rosterOf(conference);
      const change = changeBetween(watcher.known, now);
      if (change.present.length + change.gone.length === 0) break;
      watcher.known = now;
      watcher.version++;
      await subscription.notify(bodyOf(formatPartialState(this.#headOf(conference, watcher), change, now)));
    }
    watcher.isTelling = false;
  }

  #headOf({ id }: Conference, { version }: Watcher): { entity: string; version: number } {
    return { entity: `sip:${encodeURIComponent(id)}@${this.#domain}`, version };
  }
}

function bodyOf(xml: string): SipBody {
  return { contentType: CONFERENCE_INFO, body: Buffer.from(xml) };
}
