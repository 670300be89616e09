import { bodyParts, header, type SipRequest, type SipResponse } from '@plugfest/sip';
import type { IncomingSession, OutgoingSession, ResponseSpec, Session, UserAgent } from '@plugfest/sip-node';
import { MESSAGE_SESSION } from '../lync/message-session.ts';
import type { HeldContent } from './data-link.ts';

export type Modality = 'messaging' | 'audioVideo';
export type ModalityState = 'Disconnected' | 'Connecting' | 'Connected';

export interface ConversationParts {
  readonly id: string;
  readonly href: string;
  readonly threadId: string;
  readonly subject: string;
  /** `sip:` URI of the other side. */
  readonly remoteUri: string;
  readonly agent: UserAgent;
  /** Header fields of its INVITEs. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly onState: (modality: Modality) => void;
  readonly onText: (text: HeldContent, id: string) => void;
}

/** A talk with one other side, or a conference: what is written in it, and its call. Each modality is an INVITE dialog of its own. */
export class Conversation {
  readonly parts: ConversationParts;
  readonly #sessions = new Map<Modality, Session>();
  readonly #states = new Map<Modality, ModalityState>();
  #lastText = 0;
  #focus: Session | undefined;

  constructor(parts: ConversationParts) {
    this.parts = parts;
  }

  stateOf(modality: Modality): ModalityState {
    return this.#states.get(modality) ?? 'Disconnected';
  }

  get isOver(): boolean {
    return this.#focus === undefined && [...this.#states.values()].every((state) => state === 'Disconnected');
  }

  /** Invites the other side; undefined where that modality is on already. */
  invite(modality: Modality, offer: HeldContent = MESSAGES, to = this.parts.remoteUri): OutgoingSession | undefined {
    if (this.stateOf(modality) !== 'Disconnected') return undefined;
    const { agent, headers } = this.parts;
    const session = agent.invite(to, { body: bytesOf(offer), contentType: offer.contentType, headers });
    this.#takes(modality, session, offer);
    void session.answered.then(({ ok }) => ok && this.#connected(modality));
    return session;
  }

  /** It is a conference's, as long as this dialog with the focus lasts. */
  joins(focus: Session): void {
    this.#focus = focus;
    void focus.terminated.then(() => {
      this.#focus = undefined;
      this.parts.onState('audioVideo');
    });
  }

  /** The other side invites; it waits until `accept` or the end. */
  invited(modality: Modality, session: IncomingSession): void {
    this.#takes(modality, session, MESSAGES);
  }

  accept(modality: Modality, session: IncomingSession, answer: HeldContent = MESSAGES): void {
    session.onReinvite = () => ({ contentType: answer.contentType, body: bytesOf(answer) });
    session.accept({ body: bytesOf(answer), contentType: answer.contentType });
    this.#connected(modality);
  }

  /** Sends one message; its number and its final status. */
  async write({ contentType, content }: HeldContent): Promise<{ readonly id: string; readonly response: SipResponse }> {
    const id = `${++this.#lastText}`;
    const session = this.#sessions.get('messaging');
    if (!session) throw new Error('messaging is not connected');
    const body = { contentType, body: Buffer.from(content) };
    return { id, response: await session.sendRequest('MESSAGE', { body }) };
  }

  async terminate(modality: Modality): Promise<void> {
    await this.#sessions.get(modality)?.bye();
  }

  async close(): Promise<void> {
    const all = [...this.#sessions.values(), ...(this.#focus ? [this.#focus] : [])];
    await Promise.all(all.map((session) => session.bye()));
  }

  #takes(modality: Modality, session: Session, ours: HeldContent): void {
    this.#sessions.set(modality, session);
    this.#enters(modality, 'Connecting');
    // The far end may refresh the session, or look at it anew: the phone's description stays what it was. [M]
    session.onReinvite = () => ({ contentType: 'application/sdp', body: bytesOf(lastPartOf(ours)) });
    session.onInfo = () => ({ statusCode: 200 });
    session.onRequest = (request) => this.#hears(modality, request);
    void session.terminated.then(() => {
      if (this.#sessions.get(modality) !== session) return;
      this.#sessions.delete(modality);
      this.#enters(modality, 'Disconnected');
    });
  }

  #connected(modality: Modality): void {
    if (this.#sessions.has(modality)) this.#enters(modality, 'Connected');
  }

  #enters(modality: Modality, state: ModalityState): void {
    this.#states.set(modality, state);
    this.parts.onState(modality);
  }

  #hears(modality: Modality, request: SipRequest): ResponseSpec {
    if (modality !== 'messaging' || request.method !== 'MESSAGE') return { statusCode: 405 };
    const text = bodyParts(request).find(({ contentType }) => contentType.toLowerCase().startsWith('text/'));
    if (text === undefined) return { statusCode: 415 };
    const content = Buffer.from(text.body).toString('utf8');
    this.parts.onText({ contentType: text.contentType, content }, `${++this.#lastText}`);
    return { statusCode: 200 };
  }
}

const MESSAGES: HeldContent = { contentType: 'application/sdp', content: MESSAGE_SESSION };

/** The description that a body means most. */
export function lastPartOf({ contentType, content }: HeldContent): HeldContent {
  const body = Buffer.from(content);
  const parts = bodyParts({ headers: [{ name: 'Content-Type', value: contentType }], body });
  const last = parts.findLast((part) => part.contentType.toLowerCase().startsWith('application/sdp'));
  return { contentType: 'application/sdp', content: Buffer.from(last?.body ?? body).toString('utf8') };
}

/** What a message of SIP carries. */
export function contentOf(message: SipRequest | SipResponse): HeldContent {
  const contentType = header(message, 'Content-Type') ?? 'application/sdp';
  return { contentType, content: Buffer.from(message.body).toString('utf8') };
}

function bytesOf({ content }: HeldContent): Buffer {
  return Buffer.from(content);
}
