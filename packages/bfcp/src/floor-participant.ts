import type { BfcpConnection } from './bfcp-connection.ts';
import {
  attribute,
  type BfcpAttribute,
  type BfcpMessage,
  PRIMITIVES,
  type Primitive,
  REQUEST_STATUSES,
  type RequestStatus,
} from './message.ts';

/** What a participant is told of its request. */
export interface RequestProgress {
  readonly requestId: number;
  readonly status: RequestStatus;
  readonly queuePosition: number;
}

export interface FloorParticipantOptions {
  readonly conferenceId: number;
  readonly userId: number;
  /** Each change of a request of ours, also one that the server makes unasked. */
  readonly onProgress: (progress: RequestProgress) => void;
}

/** The side that asks: a room that wants to show something. @see RFC 8855 §10 */
export class FloorParticipant {
  readonly #options: FloorParticipantOptions;
  readonly #connection: BfcpConnection;

  constructor(connection: BfcpConnection, options: FloorParticipantOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  /** For the connection's `onMessage`. */
  receive(message: BfcpMessage): void {
    const progress = message.primitive === PRIMITIVES.FloorRequestStatus ? progressOf(message) : undefined;
    if (progress !== undefined) this.#options.onProgress(progress);
  }

  /** Resolves with the answer, or with undefined where the server keeps silent. @see RFC 8855 §10.1 */
  async request(floorId: number, info?: string): Promise<BfcpMessage | undefined> {
    const about: BfcpAttribute[] = info === undefined ? [] : [{ name: 'PARTICIPANT-PROVIDED-INFO', text: info }];
    return this.#ask('FloorRequest', [{ name: 'FLOOR-ID', value: floorId }, ...about]);
  }

  /** Gives back, or takes back what was asked. @see RFC 8855 §10.2 */
  async release(requestId: number): Promise<BfcpMessage | undefined> {
    return this.#ask('FloorRelease', [{ name: 'FLOOR-REQUEST-ID', value: requestId }]);
  }

  async hello(): Promise<BfcpMessage | undefined> {
    return this.#ask('Hello', []);
  }

  #ask(primitive: Primitive, attributes: BfcpAttribute[]): Promise<BfcpMessage | undefined> {
    const { conferenceId, userId } = this.#options;
    return new Promise((resolve) => {
      this.#connection.request({ primitive: PRIMITIVES[primitive], conferenceId, userId, attributes }, (answer) => {
        if (answer !== undefined) this.receive(answer);
        resolve(answer);
      });
    });
  }
}

const STATUS_NAMES = new Map<number, RequestStatus>(
  Object.entries(REQUEST_STATUSES).map(([name, status]) => [status, name as RequestStatus]),
);

/** What a FloorRequestStatus says of its request; undefined where it says nothing that is known. @see RFC 8855 §5.3.4 */
export function progressOf(message: BfcpMessage): RequestProgress | undefined {
  const information = attribute(message.attributes, 'FLOOR-REQUEST-INFORMATION');
  if (information === undefined) return undefined;
  const overall = attribute(information.attributes, 'OVERALL-REQUEST-STATUS');
  const requestStatus = attribute(overall?.attributes ?? [], 'REQUEST-STATUS');
  const status = requestStatus === undefined ? undefined : STATUS_NAMES.get(requestStatus.status);
  if (requestStatus === undefined || status === undefined) return undefined;
  return { requestId: information.id, status, queuePosition: requestStatus.queuePosition };
}
