import type { Clock } from '@plugfest/model';
import { dnsNameServer } from '@plugfest/sip-node';
import { dataLink, type HeldContent, heldIn } from './data-link.ts';
import { embeddedOf, hrefOf, linkOf, parsed, selfOf, UcwaRefused } from './hal-reading.ts';
import { type HttpReply, HttpsExchange } from './https-exchange.ts';
import { eventReply, type Hal, hal, type SeenEvent } from './schemas.ts';
import { type Credentials, type SignedIn, signedIn } from './sign-in.ts';

export interface UcwaClientOptions extends Credentials {
  readonly clock: Clock;
  readonly caPem: string;
  /** `address:port` of the lab's name server. */
  readonly nameServer: string;
  /** `address:port` of what stands in the way to the server, where something does: connections go there. */
  readonly through?: string | undefined;
}

/** An event with the resource that sent it. */
export interface ClientEvent extends SeenEvent {
  readonly sender: { readonly rel: string; readonly href: string };
}

/** What became of an invitation of ours. */
export interface Invited {
  readonly ok: boolean;
  /** Of SIP's final response. */
  readonly statusCode: number;
  readonly reasonPhrase: string;
  readonly diagnostics: string | undefined;
  readonly conversation: string;
  /** The far end's description. */
  readonly answer: HeldContent | undefined;
}

const PATIENCE_MS = 15_000;
const POLL_S = 30;
const MAX_SEEN = 2000;

/** A phone's way to its front end: found by DNS, signed in by password, then links that are followed and events that are waited for. @see UCWA, “Create an application” */
export class UcwaClient implements AsyncDisposable {
  readonly #options: UcwaClientOptions;
  readonly #http: HttpsExchange;
  readonly #closing = new AbortController();
  readonly #seen: ClientEvent[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #token: string;
  readonly #base: URL;
  readonly #polling: Promise<void>;
  #application: Hal;
  #fault: Error | undefined;
  #operations = 0;
  /** Each event as it comes. */
  onEvent: ((event: ClientEvent) => void) | undefined;

  private constructor(options: UcwaClientOptions, http: HttpsExchange, { token, base, application }: SignedIn) {
    this.#options = options;
    this.#http = http;
    this.#token = token;
    this.#base = base;
    this.#application = application;
    this.#polling = this.#poll();
  }

  /** @throws UcwaRefused where the password is wrong or the server will not; an error where nobody is found */
  static async signIn(options: UcwaClientOptions): Promise<UcwaClient> {
    const names = dnsNameServer([options.nameServer]);
    const http = new HttpsExchange(options.caPem, async ({ hostname, port }) => {
      const [host] = await names.addresses(hostname);
      return host === undefined ? undefined : (options.through ?? `${host}:${port}`);
    });
    try {
      return new UcwaClient(options, http, await signedIn(options, names, http));
    } catch (error) {
      http[Symbol.dispose]();
      throw error;
    }
  }

  /** Says that it is there; other people see it from now on. */
  async makeAvailable(): Promise<void> {
    await this.#does('me', 'makeMeAvailable', {
      supportedModalities: ['Messaging', 'AudioVideo'],
      supportedMessageFormats: ['Plain'],
    });
    const { href = '' } = selfOf(this.#embedded('me'));
    const me = await this.#read(href, 'me');
    this.#application = { ...this.#application, _embedded: { ...embeddedOf(this.#application), me } };
  }

  async setPresence(availability: string): Promise<void> {
    await this.#does('me', 'presence', { availability });
  }

  async setNote(message: string): Promise<void> {
    await this.#does('me', 'note', { message });
  }

  /** Watches people; their presence comes as events. */
  async watch(addresses: readonly string[]): Promise<void> {
    await this.#does('people', 'presenceSubscriptions', { duration: 30, uris: addresses.map((one) => `sip:${one}`) });
  }

  /** Waits until somebody who is watched shows that; false where he does not in time. */
  async sees(address: string, availability: string): Promise<boolean> {
    const shows = ({ link, _embedded }: ClientEvent): boolean =>
      link.rel === 'contactPresence' &&
      link.href.includes(`/people/${address}/`) &&
      _embedded?.contactPresence?.availability === availability;
    return (await this.until(shows)) !== undefined;
  }

  /** Begins a conversation with that message; what became of the invitation and of the message. */
  async write(to: string, text: string): Promise<{ readonly invited: Invited; readonly isSent: boolean }> {
    const message = { href: dataLink({ contentType: 'text/plain;charset=utf-8', content: text }) };
    const invited = await this.#invites('startMessaging', 'messagingInvitation', {
      to: `sip:${to}`,
      _links: { message },
    });
    if (!invited.ok) return { invited, isSent: false };
    const sent = await this.until(
      ({ link, type }) =>
        link.rel === 'message' && type === 'completed' && link.href.startsWith(`${invited.conversation}/`),
    );
    return { invited, isSent: sent?.status === 'Success' };
  }

  /** Writes into a conversation that is on; whether it was taken. */
  async say(conversation: string, text: string): Promise<boolean> {
    const messaging = await this.#read(`${conversation}/messaging`, 'messaging');
    const reply = await this.#ask('POST', hrefOf(messaging, 'sendMessage'), text, 'text/plain;charset=utf-8');
    if (reply.status !== 201) throw new UcwaRefused('sendMessage', reply);
    const sent = await this.until(({ link }) => link.href === reply.headers.location);
    return sent?.status === 'Success';
  }

  /** Waits for a message in any conversation; its text, or undefined where none comes in time. Invitations to talk are accepted. */
  async reads(text: string): Promise<string | undefined> {
    const of = ({ link, _embedded }: ClientEvent): string | undefined => {
      const plain = link.rel === 'message' ? linkOf(_embedded?.message, 'plainMessage') : undefined;
      return plain && heldIn(plain)?.content;
    };
    const event = await this.until((one) => of(one) === text);
    return event && of(event);
  }

  /** Calls with its own description. */
  call(to: string, offer: HeldContent): Promise<Invited> {
    const _links = { mediaOffer: { href: dataLink(offer) } };
    return this.#invites('startAudioVideo', 'audioVideoInvitation', {
      to,
      sessionContext: this.#next('session'),
      _links,
    });
  }

  /** Joins a conference of Lync's. */
  joinMeeting(onlineMeetingUri: string): Promise<Invited> {
    return this.#invites('joinOnlineMeeting', 'onlineMeetingInvitation', { onlineMeetingUri });
  }

  /** Leaves a conversation, in all that it has. */
  async leave(conversation: string): Promise<void> {
    await this.#ask('DELETE', conversation);
  }

  /** Adds its call to a conversation: the conference's, where that is one. */
  addCall(conversation: string, offer: HeldContent): Promise<Invited> {
    const _links = { mediaOffer: { href: dataLink(offer) } };
    return this.#invited('audioVideoInvitation', this.#next('addAudioVideo'), async (operationId) => {
      const call = await this.#read(`${conversation}/audioVideo`, 'audioVideo');
      return this.#ask('POST', hrefOf(call, 'addAudioVideo'), JSON.stringify({ operationId, _links }));
    });
  }

  /** Accepts or declines an invitation of others, by the link of its name. */
  async answers(invitation: Hal, how: 'accept' | 'acceptWithAnswer' | 'decline', answer?: HeldContent): Promise<void> {
    const body = answer ? { _links: { mediaAnswer: { href: dataLink(answer) } } } : {};
    const reply = await this.#ask('POST', hrefOf(invitation, how), JSON.stringify(body));
    if (reply.status >= 300) throw new UcwaRefused(how, reply);
  }

  /** The first event, of those that came or of those to come, that fits; undefined where none does in time. */
  async until(fits: (event: ClientEvent) => boolean, patienceMs = PATIENCE_MS): Promise<ClientEvent | undefined> {
    const untilUs = this.#options.clock.nowUs() + patienceMs * 1000;
    for (;;) {
      const found = this.#seen.find(fits);
      const leftMs = (untilUs - this.#options.clock.nowUs()) / 1000;
      if (found !== undefined || leftMs <= 0 || this.#closing.signal.aborted) return found;
      if (this.#fault) throw this.#fault;
      await this.#more(leftMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const { href } = selfOf(this.#application);
    this.#closing.abort();
    await this.#polling;
    try {
      await this.#ask('DELETE', href);
    } catch {
      // A server that is gone has signed everybody out.
    } finally {
      this.#http[Symbol.dispose]();
    }
  }

  #more(atMostMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#options.clock.schedule(atMostMs, resolve);
    this.#waiting.add(resolve);
    return promise.finally(() => {
      timer.cancel();
      this.#waiting.delete(resolve);
    });
  }

  #invites(operation: string, kind: string, request: Readonly<Record<string, unknown>>): Promise<Invited> {
    return this.#invited(kind, this.#next(operation), (operationId) =>
      this.#does('communication', operation, { ...request, operationId }),
    );
  }

  /** Begins an operation, and waits until the channel says what became of it. */
  async #invited(
    kind: string,
    operationId: string,
    begins: (operationId: string) => Promise<HttpReply>,
  ): Promise<Invited> {
    const begun = await begins(operationId);
    if (begun.status >= 300) throw new UcwaRefused(operationId, begun);
    const isOurs = ({ link, type, _embedded }: ClientEvent): boolean =>
      link.rel === kind && type === 'completed' && _embedded?.[kind]?.operationId === operationId;
    const completed = await this.until(isOurs, PATIENCE_MS * 4);
    const invitation = completed?._embedded?.[kind];
    const media = linkOf(invitation, 'mediaAnswer');
    const { sipResponseCode, reasonPhrase, diagnostics } = completed?.reason?.debugInfo ?? {};
    const ok = completed?.status === 'Success';
    return {
      ok,
      statusCode: ok ? 200 : typeof sipResponseCode === 'number' ? sipResponseCode : 408,
      reasonPhrase: ok ? 'OK' : typeof reasonPhrase === 'string' ? reasonPhrase : 'Request Timeout',
      diagnostics: typeof diagnostics === 'string' ? diagnostics : undefined,
      conversation: linkOf(invitation, 'conversation') ?? '',
      answer: media === undefined ? undefined : heldIn(media),
    };
  }

  #next(operation: string): string {
    return `${operation}-${++this.#operations}`;
  }

  #embedded(name: string): Hal {
    const found = hal.safeParse(embeddedOf(this.#application)[name]);
    if (!found.success) throw new Error(`the application has no ${name}`);
    return found.data;
  }

  async #does(name: string, link: string, body: Readonly<Record<string, unknown>>): Promise<HttpReply> {
    const reply = await this.#ask('POST', hrefOf(this.#embedded(name), link), JSON.stringify(body));
    if (reply.status >= 300) throw new UcwaRefused(link, reply);
    return reply;
  }

  async #read(href: string, what: string): Promise<Hal> {
    const reply = await this.#ask('GET', href);
    if (reply.status !== 200) throw new UcwaRefused(what, reply);
    return parsed(hal, reply, what);
  }

  #ask(
    method: 'GET' | 'POST' | 'DELETE',
    href: string,
    body?: string,
    contentType = 'application/json',
  ): Promise<HttpReply> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined ? {} : { 'content-type': contentType }),
    };
    return this.#http.ask({
      method,
      url: new URL(href, this.#base),
      headers,
      ...(body === undefined ? {} : { body }),
    });
  }

  /** One pending GET after the other, until it is closed. */
  async #poll(): Promise<void> {
    let href = hrefOf(this.#application, 'events');
    try {
      while (!this.#closing.signal.aborted) {
        const url = new URL(href, this.#base);
        url.searchParams.set('timeout', String(POLL_S));
        const headers = { authorization: `Bearer ${this.#token}` };
        const reply = await this.#http.ask({ method: 'GET', url, headers, signal: this.#closing.signal });
        if (reply.status !== 200) throw new UcwaRefused('the event channel', reply);
        const { _links, sender } = parsed(eventReply, reply, 'an answer of the event channel');
        for (const { rel, href: from, events } of sender)
          for (const event of events) this.#take({ ...event, sender: { rel, href: from } });
        href = (_links.next ?? _links.resync)?.href ?? href;
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#fault = error instanceof Error ? error : new Error(String(error));
    }
    for (const wake of this.#waiting) wake();
  }

  #take(event: ClientEvent): void {
    this.#seen.push(event);
    if (this.#seen.length > MAX_SEEN) this.#seen.shift();
    this.onEvent?.(event);
    for (const wake of this.#waiting) wake();
  }
}
