import { open } from 'node:fs/promises';

/** One message as SIPp saw it. */
export interface TracedMessage {
  readonly direction: 'sent' | 'received';
  readonly transport: string;
  /** Start line, headers and body; SIPp writes line ends as it sent or received them. */
  readonly text: string;
}

const HEAD = /^-{20,} [^\n]*\n(\w+) message (sent|received) [([](\d+)(?: bytes\)|\] bytes) ?:\n\n/;

/** Reads the messages of a `-trace_msg` file; what is not complete yet stays in `rest`. */
export function parseMessageTrace(trace: string): { messages: TracedMessage[]; rest: string } {
  const messages: TracedMessage[] = [];
  let rest = trace;
  for (;;) {
    const head = HEAD.exec(rest);
    if (!head) return { messages, rest };
    const [whole, transport = '', direction = '', length = '0'] = head;
    const end = whole.length + Number(length);
    if (rest.length < end) return { messages, rest };
    messages.push({
      direction: direction as TracedMessage['direction'],
      transport,
      text: rest.slice(whole.length, end),
    });
    rest = rest.slice(end).replace(/^\s*(?=-{20,} )/, '');
    if (/^\s*$/.test(rest)) return { messages, rest: '' };
  }
}

/** Follows a growing trace file: hands out each message once. */
export class MessageTraceFollower {
  readonly #path: string;
  readonly #onMessage: (message: TracedMessage) => void;
  #offset = 0;
  #rest = '';

  constructor(path: string, onMessage: (message: TracedMessage) => void) {
    this.#path = path;
    this.#onMessage = onMessage;
  }

  /** Reads what was added since. A file that is not there yet has nothing added. */
  async poll(): Promise<void> {
    const file = await open(this.#path, 'r').catch(() => undefined);
    if (!file) return;
    try {
      const { size } = await file.stat();
      if (size <= this.#offset) return;
      const buffer = Buffer.alloc(size - this.#offset);
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.#offset);
      this.#offset += bytesRead;
      const { messages, rest } = parseMessageTrace(this.#rest + buffer.toString('latin1', 0, bytesRead));
      this.#rest = rest;
      for (const message of messages) this.#onMessage(message);
    } finally {
      await file.close();
    }
  }
}
