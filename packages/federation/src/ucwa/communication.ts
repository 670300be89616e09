import { header } from '@plugfest/sip';
import type { IncomingSession, OutgoingSession, UserAgent } from '@plugfest/sip-node';
import { type ContextOfConference, joinFocus } from './conference-join.ts';
import { Conversation, contentOf, type Modality } from './conversation.ts';
import { dataLink, type HeldContent, heldIn } from './data-link.ts';
import type { EventType, UcwaEvent } from './event-channel.ts';
import { type HalResource, resource } from './hal.ts';
import {
  conversationResource,
  type Invitation,
  type InvitationKind,
  invitationResource,
  modalityResource,
  type Reason,
  reasonOf,
} from './talk-resources.ts';

export interface CommunicationOptions {
  readonly base: string;
  readonly agent: UserAgent;
  readonly newToken: () => string;
  /** Header fields that its client's INVITEs have. */
  readonly inviteHeaders: readonly { readonly name: string; readonly value: string }[];
  readonly tell: (event: UcwaEvent) => void;
  readonly conference: ContextOfConference;
}

/** What a client asks for when it begins something. */
export interface StartRequest {
  readonly to: string;
  readonly subject?: string | undefined;
  readonly operationId?: string | undefined;
  readonly threadId?: string | undefined;
}

const MAX_CONVERSATIONS = 50;
const MAX_INVITATIONS = 200;
const MODALITY_OF = { messagingInvitation: 'messaging', audioVideoInvitation: 'audioVideo' } as const;

/** All that a client talks: conversations, the invitations to them of both sides, and what its events say of both. @see UCWA, “communication” */
export class Communication {
  readonly #options: CommunicationOptions;
  readonly #conversations = new Map<string, Conversation>();
  readonly #invitations = new Map<string, Invitation>();

  constructor(options: CommunicationOptions) {
    this.#options = options;
    options.agent.onInvite = (session) => this.#incoming(session);
  }

  get href(): string {
    return `${this.#options.base}/communication`;
  }

  resource(): HalResource {
    const links = [
      'startMessaging',
      'startAudioVideo',
      'startAudio',
      'startVideo',
      'joinOnlineMeeting',
      'conversations',
    ];
    return resource(
      'communication',
      this.href,
      { supportedModalities: ['Messaging', 'Audio', 'Video'], supportedMessageFormats: ['Plain'] },
      Object.fromEntries(links.map((name) => [name, `${this.href}/${name}`])),
    );
  }

  conversations(): HalResource {
    const all = [...this.#conversations.values()].map((conversation) => conversationResource(conversation));
    return resource('conversations', `${this.href}/conversations`, {}, {}, { conversation: all });
  }

  conversation(id: string): Conversation | undefined {
    return this.#conversations.get(id);
  }

  invitation(id: string): Invitation | undefined {
    return this.#invitations.get(id);
  }

  /** Begins a conversation by messages; the invitation's address, or undefined where there are too many. */
  startMessaging(request: StartRequest, first: HeldContent | undefined): string | undefined {
    const conversation = this.#open(request);
    if (!conversation) return undefined;
    const session = conversation.invite('messaging');
    return this.#watch('messagingInvitation', conversation, session, request.operationId, async ({ ok }) => {
      if (ok && first) await this.write(conversation, first);
    });
  }

  /** Calls somebody with the client's own description of its media. */
  startAudioVideo(request: StartRequest, offer: HeldContent): string | undefined {
    const conversation = this.#open(request);
    if (!conversation) return undefined;
    const session = conversation.invite('audioVideo', offer);
    return this.#watch('audioVideoInvitation', conversation, session, request.operationId);
  }

  /** The call of a conversation that is there already: the conference's, where it is one. */
  addAudioVideo(conversation: Conversation, offer: HeldContent, operationId: string | undefined): string | undefined {
    const to = conversation.parts.remoteUri.replace(';opaque=app:conf:focus:', ';opaque=app:conf:audio-video:');
    const session = conversation.invite('audioVideo', offer, to);
    return session && this.#watch('audioVideoInvitation', conversation, session, operationId);
  }

  /** Joins a conference's focus; its call is added afterwards. @see [MS-CONFBAS] §3.4 */
  joinOnlineMeeting(request: StartRequest): string | undefined {
    const conversation = this.#open(request);
    if (!conversation) return undefined;
    const { agent, conference } = this.#options;
    const session = joinFocus(agent, request.to, conference);
    conversation.joins(session);
    return this.#watch('onlineMeetingInvitation', conversation, session, request.operationId);
  }

  /** Writes, and says in the channel what became of it; the message's address. */
  async write(conversation: Conversation, text: HeldContent): Promise<string> {
    const { id, response } = await conversation.write(text);
    const href = this.#messageHref(conversation, id);
    const isSent = response.statusCode < 300;
    const embedded = resource('message', href, { direction: 'Outgoing', operationId: id });
    const outcome = isSent
      ? ({ status: 'Success' } as const)
      : ({ status: 'Failure', reason: reasonOf(response) } as const);
    this.#tell(conversationSender(conversation.parts.href), 'message', href, 'completed', { embedded, ...outcome });
    return href;
  }

  accept(invitation: Invitation, answer?: HeldContent): void {
    const { session, conversation, kind } = invitation;
    if (!session || kind === 'onlineMeetingInvitation') return;
    conversation.accept(MODALITY_OF[kind], session, answer);
    this.#complete(invitation, 'Connected', 'Success');
  }

  /** 603 for everywhere, 480 for this client alone. [M] */
  decline(invitation: Invitation, everywhere: boolean): void {
    invitation.session?.reject(everywhere ? 603 : 480);
    this.#complete(invitation, 'Declined', 'Failure', {
      code: 'LocalFailure',
      subcode: 'Declined',
      message: 'declined',
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#conversations.values()].map((conversation) => conversation.close()));
  }

  #open({ to, subject = '', threadId }: StartRequest): Conversation | undefined {
    if (this.#conversations.size >= MAX_CONVERSATIONS || !/^sips?:[^\s<>"]+$/i.test(to)) return undefined;
    const { agent, newToken, inviteHeaders } = this.#options;
    const id = newToken();
    const href = `${this.href}/conversations/${id}`;
    const thread = threadId ?? Buffer.from(newToken()).toString('base64');
    const conversation: Conversation = new Conversation({
      id,
      href,
      threadId: thread,
      subject,
      remoteUri: to,
      agent,
      headers: [...inviteHeaders, ...(/[\r\n]/.test(thread) ? [] : [{ name: 'Ms-Conversation-ID', value: thread }])],
      onState: (modality) => this.#changed(conversation, modality),
      onText: (text, number) => this.#heard(conversation, text, number),
    });
    this.#conversations.set(id, conversation);
    this.#tell(this.#sender, 'conversation', conversation.parts.href, 'added', {
      embedded: conversationResource(conversation),
    });
    return conversation;
  }

  #watch(
    kind: InvitationKind,
    conversation: Conversation,
    session: OutgoingSession | undefined,
    operationId: string | undefined,
    then?: (outcome: { readonly ok: boolean }) => Promise<void>,
  ): string {
    const invitation = this.#add({ kind, direction: 'Outgoing', operationId, conversation, session: undefined });
    void session?.answered.then(async ({ ok, response }) => {
      if (ok) invitation.media = kind === 'audioVideoInvitation' ? contentOf(response) : undefined;
      this.#complete(
        invitation,
        ok ? 'Connected' : 'Failed',
        ok ? 'Success' : 'Failure',
        ok ? undefined : reasonOf(response),
      );
      await then?.({ ok });
    });
    return invitation.href;
  }

  #add(given: Omit<Invitation, 'id' | 'href' | 'state' | 'media'>, media?: HeldContent): Invitation {
    for (const [id, old] of this.#invitations)
      if (this.#invitations.size >= MAX_INVITATIONS && old.state !== 'Connecting') this.#invitations.delete(id);
    const id = this.#options.newToken();
    const href = `${this.href}/${given.kind}s/${id}`;
    const invitation: Invitation = { ...given, id, href, state: 'Connecting', media };
    this.#invitations.set(invitation.id, invitation);
    this.#tellInvitation(invitation, 'started', {});
    return invitation;
  }

  #complete(invitation: Invitation, state: Invitation['state'], status: 'Success' | 'Failure', reason?: Reason): void {
    if (invitation.state !== 'Connecting') return;
    invitation.state = state;
    this.#tellInvitation(invitation, 'completed', { status, ...(reason ? { reason } : {}) });
  }

  #incoming(session: IncomingSession): void {
    const offer = contentOf(session.request);
    const isText = /^m=message /m.test(offer.content);
    const conversation = this.#open({ to: session.remoteUri, threadId: header(session.request, 'Ms-Conversation-ID') });
    if (!conversation) {
      session.reject(486);
      return;
    }
    const kind = isText ? 'messagingInvitation' : 'audioVideoInvitation';
    session.ring();
    conversation.invited(MODALITY_OF[kind], session);
    const given = { kind, direction: 'Incoming', operationId: undefined, conversation, session } as const;
    const invitation = this.#add(given, isText ? undefined : offer);
    void session.terminated.then(() =>
      this.#complete(invitation, 'Cancelled', 'Failure', {
        code: 'RemoteFailure',
        subcode: 'Canceled',
        message: 'the caller gave up',
      }),
    );
  }

  #changed(conversation: Conversation, modality: Modality): void {
    const href = conversation.parts.href;
    const embedded = modalityResource(conversation, modality);
    this.#tell(conversationSender(href), modality, `${href}/${modality}`, 'updated', { embedded });
    const isGone = conversation.isOver && this.#conversations.delete(conversation.parts.id);
    const about = { embedded: conversationResource(conversation) };
    this.#tell(this.#sender, 'conversation', href, isGone ? 'deleted' : 'updated', isGone ? {} : about);
  }

  #heard(conversation: Conversation, text: HeldContent, id: string): void {
    const href = this.#messageHref(conversation, id);
    const properties = { direction: 'Incoming', participant: conversation.parts.remoteUri };
    const embedded = resource('message', href, properties, { plainMessage: dataLink(text) });
    const sender = conversationSender(conversation.parts.href);
    this.#tell(sender, 'message', href, 'completed', { embedded, status: 'Success' });
  }

  #tellInvitation(invitation: Invitation, type: EventType, more: Pick<UcwaEvent, 'status' | 'reason'>): void {
    const { kind, href } = invitation;
    this.#tell(this.#sender, kind, href, type, { embedded: invitationResource(invitation), ...more });
  }

  #tell(
    sender: UcwaEvent['sender'],
    rel: string,
    href: string,
    type: EventType,
    more: Pick<UcwaEvent, 'embedded' | 'status' | 'reason'>,
  ): void {
    this.#options.tell({ sender, rel, href, type, ...more });
  }

  get #sender(): UcwaEvent['sender'] {
    return { rel: 'communication', href: this.href };
  }

  #messageHref(conversation: Conversation, id: string): string {
    return `${conversation.parts.href}/messaging/messages/${id}`;
  }
}

/** The content of a link that a client sent. */
export function heldBy(link: { readonly href: string } | undefined): HeldContent | undefined {
  return link && heldIn(link.href);
}

function conversationSender(href: string): UcwaEvent['sender'] {
  return { rel: 'conversation', href };
}
