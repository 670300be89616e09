/** A message of a call as somebody captured it. */
export interface RecordedMessage {
  /** Since the call's first message. */
  readonly atMs: number;
  /** Said by the side that is played. */
  readonly ours: boolean;
  /** Start line, headers, an empty line, body; one character a byte (latin1), joined by CRLF. */
  readonly lines: readonly string[];
}

/** A call of the field, to be played again: one side of it speaks as it did, and what the other side says is held against what was said then. */
export interface RecordedCall {
  readonly transport: 'udp' | 'tcp';
  /** Who is played: `caller` calls the conference, `callee` is called by the bridge. */
  readonly plays: 'caller' | 'callee';
  readonly messages: readonly RecordedMessage[];
  /** What the played side sent: a file beside the scenario (see `RecordedMedia`). */
  readonly media?: string;
  /** For challenges, with the password that the run is given; without both, what was answered to them is left out. */
  readonly username?: string;
}

/** RTP and RTCP of one m-line, as the played side sent it. */
export interface RecordedMediaLine {
  readonly index: number;
  /** Since the call's first message, and the packet in base64. */
  readonly packets: readonly (readonly [atMs: number, base64: string])[];
  /** Packets of RTP that came from the other side then. */
  readonly received: number;
}

export interface RecordedMedia {
  readonly version: 1;
  readonly lines: readonly RecordedMediaLine[];
}

export function textOfRecorded({ lines }: Pick<RecordedMessage, 'lines'>): string {
  return lines.join('\r\n');
}
