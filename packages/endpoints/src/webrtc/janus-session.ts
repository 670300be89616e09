/**
 * A session with a Janus server over its WebSocket API, the same in a page and in Node: nothing of either is used here but WebSocket.
 * @see https://janus.conf.meetecho.com/docs/rest.html#WS
 */

/** A description, as Janus carries it. */
export interface Jsep {
  readonly type: 'offer' | 'answer';
  readonly sdp: string;
}

/** What a plugin says: its own fields, and a description where there is one. */
export interface PluginMessage {
  readonly data: Readonly<Record<string, unknown>>;
  readonly jsep?: Jsep;
}

/** What Janus refuses, with its code. */
export class JanusFault extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(`Janus ${code}: ${reason}`);
    this.code = code;
  }
}

/** Janus ends a session of which it hears nothing for a minute. */
const KEEP_ALIVE_MS = 25_000;
const ANSWER_MS = 10_000;

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (fault: Error) => void;
  /** An `ack` says only that the answer comes later. */
  readonly wantsEvent: boolean;
}

/** Any message of Janus, read with care: it is another's. */
type Message = Readonly<Record<string, unknown>>;

export class JanusSession {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();
  readonly #handles = new Map<number, (message: PluginMessage) => void>();
  readonly #onClosed: (reason: string) => void;
  #id = 0;
  #transactions = 0;
  #keepAlive: ReturnType<typeof setInterval> | undefined;

  private constructor(socket: WebSocket, onClosed: (reason: string) => void) {
    this.#socket = socket;
    this.#onClosed = onClosed;
    socket.addEventListener('message', ({ data }) => this.#take(String(data)));
    socket.addEventListener('close', () => this.#end('the connection was closed'));
  }

  /** `onClosed`: the server, or what is in between, ended it. @throws where nobody is there who speaks so */
  static async open(url: string, onClosed: (reason: string) => void): Promise<JanusSession> {
    const socket = new WebSocket(url, 'janus-protocol');
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`no Janus at ${url}`)), { once: true });
    });
    const session = new JanusSession(socket, onClosed);
    session.#id = idIn(await session.#ask({ janus: 'create' }));
    session.#keepAlive = setInterval(() => session.#send({ janus: 'keepalive' }), KEEP_ALIVE_MS);
    return session;
  }

  /** `onEvent`: what the plugin says of itself, not in answer to anything. */
  async attach(plugin: string, onEvent: (message: PluginMessage) => void = () => {}): Promise<JanusHandle> {
    const id = idIn(await this.#ask({ janus: 'attach', plugin }));
    this.#handles.set(id, onEvent);
    return new JanusHandle(async (body, jsep) => {
      const message = { janus: 'message', handle_id: id, body, ...(jsep ? { jsep } : {}) };
      return pluginMessageOf(await this.#ask(message, true));
    });
  }

  /** Nothing of it is told any more. */
  close(): void {
    clearInterval(this.#keepAlive);
    if (this.#socket.readyState === WebSocket.OPEN) this.#send({ janus: 'destroy' });
    this.#socket.close();
    this.#fail('the session was closed');
  }

  #ask(message: Message, wantsEvent = false): Promise<Message> {
    const { promise, resolve, reject } = Promise.withResolvers<Message>();
    const transaction = this.#send(message);
    const late = setTimeout(() => reject(new Error(`Janus did not answer ${String(message.janus)}`)), ANSWER_MS);
    this.#waiting.set(transaction, { resolve, reject, wantsEvent });
    return promise.finally(() => {
      clearTimeout(late);
      this.#waiting.delete(transaction);
    });
  }

  #send(message: Message): string {
    const transaction = `t${++this.#transactions}`;
    const session = this.#id === 0 ? {} : { session_id: this.#id };
    this.#socket.send(JSON.stringify({ ...message, ...session, transaction }));
    return transaction;
  }

  #take(text: string): void {
    const message = objectIn(text);
    if (!message) return;
    const waiting = this.#waiting.get(String(message.transaction));
    if (message.janus === 'timeout') this.#end('Janus heard nothing for too long');
    else if (!waiting) this.#tell(message);
    else if (message.janus === 'error') waiting.reject(faultIn(message.error));
    else if (message.janus !== 'ack' || !waiting.wantsEvent) waiting.resolve(message);
  }

  #tell(message: Message): void {
    const handle = this.#handles.get(Number(message.sender));
    if (handle && message.janus === 'event') handle(pluginDataOf(message));
  }

  #end(reason: string): void {
    const isNews = this.#keepAlive !== undefined;
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
    this.#fail(reason);
    if (isNews) this.#onClosed(reason);
  }

  #fail(reason: string): void {
    this.#keepAlive = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
  }
}

/** What is attached to one plugin. */
export class JanusHandle {
  /** Asks the plugin and waits for its own answer. @throws JanusFault */
  readonly ask: (body: Readonly<Record<string, unknown>>, jsep?: Jsep) => Promise<PluginMessage>;

  constructor(ask: JanusHandle['ask']) {
    this.ask = ask;
  }
}

function objectIn(text: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

function idIn({ data }: Message): number {
  const id = (data as { id?: unknown } | undefined)?.id;
  if (typeof id !== 'number') throw new JanusFault(0, 'an answer without an identifier');
  return id;
}

function faultIn(error: unknown): JanusFault {
  const { code, reason } = (error ?? {}) as { code?: unknown; reason?: unknown };
  return new JanusFault(Number(code) || 0, String(reason ?? 'an error without a reason'));
}

function pluginDataOf({ plugindata, jsep }: Message): PluginMessage {
  const data = (plugindata as { data?: unknown } | undefined)?.data;
  const { type, sdp } = (jsep ?? {}) as { type?: unknown; sdp?: unknown };
  return {
    data: typeof data === 'object' && data !== null ? (data as Message) : {},
    ...((type === 'offer' || type === 'answer') && typeof sdp === 'string' ? { jsep: { type, sdp } } : {}),
  };
}

/** @throws JanusFault where the plugin refuses */
function pluginMessageOf(message: Message): PluginMessage {
  const told = pluginDataOf(message);
  const { error_code, error } = told.data;
  if (error_code !== undefined) throw new JanusFault(Number(error_code) || 0, String(error));
  return told;
}
