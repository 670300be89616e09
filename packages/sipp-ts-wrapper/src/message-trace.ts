/** A message as SIPp sent or received it. */
export interface SippMessage {
  /** Microseconds since 1970, by the wall clock. */
  readonly epochUs: number;
  readonly direction: 'sent' | 'received';
  readonly transport: 'udp' | 'tcp' | 'tls' | 'sctp';
  /** A word between the process and its owner, not a SIP message. */
  readonly isCommand: boolean;
  /** One character an octet (latin1). SIPp's trace stops at an octet of value zero. */
  readonly text: string;
}

/** `----------------------------------------------- 2026-11-23 06:25:00.123456`, then `UDP message sent (512 bytes):` (`[512] bytes` in other versions), an empty line. */
const HEAD =
  /-{47} (\d{4}-\d\d-\d\d)[\tT ](\d\d:\d\d:\d\d)\.(\d{6})[^\n]*\n([A-Z]+) (control )?message (sent|received) [[(](\d+)(?:\]| bytes\))[^\n]*\n\n/;
/** A head is shorter than that: what is no head and longer is passed over. */
const LONGEST_HEAD = 256;

/** Reads `-trace_msg` as it is written, however it is cut. Local times of the file are taken for UTC: the process runs with `TZ=UTC`. */
export class MessageTrace {
  #rest = '';

  push(bytes: Uint8Array): SippMessage[] {
    this.#rest += Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const messages: SippMessage[] = [];
    for (;;) {
      const head = HEAD.exec(this.#rest);
      if (!head) break;
      const start = head.index + head[0].length;
      const end = start + this.#lengthAt(start, Number(head[7]));
      if (end < start || this.#rest.length < end) return messages;
      messages.push(messageOf(head, this.#rest.slice(start, end)));
      this.#rest = this.#rest.slice(end);
    }
    this.#forget();
    return messages;
  }

  /** The length that is given, or up to the next head where an octet of zero cut the message short; -1 where that cannot be told yet. */
  #lengthAt(start: number, given: number): number {
    const after = this.#rest[start + given];
    const isWhole = this.#rest.length >= start + given && (after === undefined || after === '\n');
    if (isWhole) return given;
    const next = this.#rest.slice(start).search(HEAD);
    return next === -1 ? -1 : Math.max(0, next - 1);
  }

  #forget(): void {
    const begun = this.#rest.lastIndexOf('-----------------------------------------------');
    if (begun === -1 || this.#rest.length - begun > LONGEST_HEAD) this.#rest = this.#rest.slice(-LONGEST_HEAD);
  }
}

function messageOf(head: RegExpExecArray, text: string): SippMessage {
  const [, date, time, microseconds, transport, control, direction] = head;
  return {
    epochUs: Date.parse(`${date}T${time}Z`) * 1000 + Number(microseconds),
    direction: direction as SippMessage['direction'],
    transport: transport?.toLowerCase() as SippMessage['transport'],
    isCommand: control !== undefined,
    text,
  };
}
