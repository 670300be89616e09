import { type FloorRequest, FloorRequests } from './floor-requests.ts';
import {
  ATTRIBUTES,
  attribute,
  type BfcpAttribute,
  type BfcpHeader,
  type BfcpMessage,
  ERROR_CODES,
  type ErrorName,
  PRIMITIVES,
  type Primitive,
  primitiveName,
  type RequestStatus,
} from './message.ts';
import { overallRequestStatus, requestInformation, userInformation } from './request-information.ts';

/** A message to one user; the connection gives it a transaction of its own unless it answers one. */
export interface BfcpSend {
  readonly userId: number;
  readonly message: Omit<BfcpMessage, 'version' | 'isResponse' | 'transactionId'>;
  /** The request that this answers; absent where the server speaks first. */
  readonly answers?: BfcpHeader;
}

/** Who may take part. */
export interface FloorUser {
  readonly userId: number;
  readonly displayName: string;
  readonly uri: string;
}

export interface FloorServerOptions {
  readonly conferenceId: number;
  readonly floorIds: readonly number[];
  /** `take-over`: who asks gets the floor, and who had it loses it, as rooms do with their content. `queue`: who asks waits for its turn. */
  readonly policy: 'take-over' | 'queue';
  /** Told when a floor changes hands; undefined: nobody has it. */
  readonly onHolder?: (floorId: number, userId: number | undefined) => void;
}

/** Ongoing requests of one user for one floor. @see RFC 8855 §5.2.6.1, error 8 */
const MAX_REQUESTS_PER_USER = 4;

type Handler = (server: FloorServer, message: BfcpMessage) => BfcpSend[];

/** What a participant may ask, and what answers it. @see RFC 8855 §13 */
const HANDLERS: Partial<Record<Primitive, Handler>> = {
  Hello: (server, message) => server.hello(message),
  Goodbye: (server, message) => server.goodbye(message),
  FloorRequest: (server, message) => server.request(message),
  FloorRelease: (server, message) => server.release(message),
  FloorRequestQuery: (server, message) => server.queryRequest(message),
  FloorQuery: (server, message) => server.queryFloors(message),
  UserQuery: (server, message) => server.queryUser(message),
  // There is no chair: this server decides by its policy. @see RFC 8855 §13.6
  ChairAction: (server, message) => [
    server.error(message.userId, message, 'unauthorizedOperation', 'this conference has no chair'),
  ],
  // Their transactions have ended where they came in.
  FloorRequestStatusAck: () => [],
  FloorStatusAck: () => [],
  HelloAck: () => [],
  GoodbyeAck: () => [],
  Error: () => [],
};

/** A floor control server without sockets: a message goes in, messages to users come out. @see RFC 8855 §13 */
export class FloorServer {
  readonly #options: FloorServerOptions;
  readonly #users = new Map<number, FloorUser>();
  readonly #requests: FloorRequests;
  /** Who asked to be told of which floors. @see RFC 8855 §13.5 */
  readonly #watched = new Map<number, readonly number[]>();

  constructor(options: FloorServerOptions) {
    this.#options = options;
    this.#requests = new FloorRequests(options.policy);
  }

  addUser(user: FloorUser): void {
    this.#users.set(user.userId, user);
  }

  /** The user has left: its floors go to who waits. */
  removeUser(userId: number): BfcpSend[] {
    const sends = this.#requests.of(userId).flatMap((each) => this.#end(each, 'released'));
    this.#users.delete(userId);
    this.#watched.delete(userId);
    return sends.filter((send) => send.userId !== userId);
  }

  /** Who has the floor. */
  holder(floorId: number): number | undefined {
    return this.#requests.holder(floorId)?.userId;
  }

  /** The conference takes the floor away. @see RFC 8855 §13.1.1 (Revoked) */
  revoke(floorId: number): BfcpSend[] {
    const held = this.#requests.holder(floorId);
    return held === undefined ? [] : this.#end(held, 'revoked');
  }

  /** One message of the user whose connection it came over; what it says of its own user is checked. @see RFC 8855 §13 */
  receive(userId: number, message: BfcpMessage): BfcpSend[] {
    if (message.conferenceId !== this.#options.conferenceId)
      return [this.error(userId, message, 'conferenceDoesNotExist')];
    if (message.userId !== userId || !this.#users.has(userId)) return [this.error(userId, message, 'userDoesNotExist')];
    const name = primitiveName(message.primitive);
    const handler = name === undefined ? undefined : HANDLERS[name];
    if (handler === undefined)
      return [this.error(userId, message, 'unknownPrimitive', `primitive ${message.primitive}`)];
    return handler(this, message);
  }

  /** @see RFC 8855 §13.7 */
  hello(message: BfcpMessage): BfcpSend[] {
    const attributes: BfcpAttribute[] = [
      { name: 'SUPPORTED-PRIMITIVES', types: Object.values(PRIMITIVES) },
      { name: 'SUPPORTED-ATTRIBUTES', types: Object.values(ATTRIBUTES).map(({ type }) => type) },
    ];
    return [this.#answer(message, 'HelloAck', attributes)];
  }

  /** @see RFC 8855 §13.9 */
  goodbye(message: BfcpMessage): BfcpSend[] {
    this.#watched.delete(message.userId);
    return [this.#answer(message, 'GoodbyeAck', [])];
  }

  /** @see RFC 8855 §13.1 */
  request(message: BfcpMessage): BfcpSend[] {
    const floorIds = message.attributes.flatMap((each) => (each.name === 'FLOOR-ID' ? [each.value] : []));
    const isKnown = floorIds.length > 0 && floorIds.every((each) => this.#options.floorIds.includes(each));
    if (!isKnown) return [this.error(message.userId, message, 'invalidFloorId')];
    const beneficiaryId = attribute(message.attributes, 'BENEFICIARY-ID')?.value ?? message.userId;
    if (!this.#users.has(beneficiaryId)) return [this.error(message.userId, message, 'userDoesNotExist')];
    if (this.#requests.of(message.userId).length >= MAX_REQUESTS_PER_USER) {
      return [this.error(message.userId, message, 'maximumFloorRequestsReached')];
    }
    const { request, revoked } = this.#requests.add({
      userId: message.userId,
      beneficiaryId,
      floorIds: [...new Set(floorIds)],
      priority: attribute(message.attributes, 'PRIORITY')?.priority ?? 2,
      info: attribute(message.attributes, 'PARTICIPANT-PROVIDED-INFO')?.text ?? '',
    });
    const answer = this.#answer(message, 'FloorRequestStatus', [requestInformation(request, this.#userOf)]);
    const toRevoked = revoked.map((each) => this.#statusOf(each));
    return [answer, ...toRevoked, ...this.#changed(request.floorIds)];
  }

  /** @see RFC 8855 §13.4 */
  release(message: BfcpMessage): BfcpSend[] {
    const request = this.#named(message);
    if (request === undefined) return [this.error(message.userId, message, 'floorRequestIdDoesNotExist')];
    if (request.userId !== message.userId) return [this.error(message.userId, message, 'unauthorizedOperation')];
    const [own, ...others] = this.#end(request, request.status === 'granted' ? 'released' : 'cancelled');
    return own === undefined ? others : [{ ...own, answers: message }, ...others];
  }

  /** @see RFC 8855 §13.2 */
  queryRequest(message: BfcpMessage): BfcpSend[] {
    const request = this.#named(message);
    if (request === undefined) return [this.error(message.userId, message, 'floorRequestIdDoesNotExist')];
    return [this.#answer(message, 'FloorRequestStatus', [requestInformation(request, this.#userOf)])];
  }

  /** Answers with the first floor's state, sends the others' after it, and tells of every change from now on. @see RFC 8855 §13.5 */
  queryFloors(message: BfcpMessage): BfcpSend[] {
    const floorIds = message.attributes.flatMap((each) => (each.name === 'FLOOR-ID' ? [each.value] : []));
    if (!floorIds.every((each) => this.#options.floorIds.includes(each)))
      return [this.error(message.userId, message, 'invalidFloorId')];
    this.#watched.set(message.userId, [...new Set(floorIds)]);
    const [first, ...others] = this.#watched.get(message.userId) as readonly number[];
    if (first === undefined) return [this.#answer(message, 'FloorStatus', [])];
    const answer = this.#answer(message, 'FloorStatus', this.#floorStatus(first));
    return [answer, ...others.map((each) => this.#send(message.userId, 'FloorStatus', this.#floorStatus(each)))];
  }

  /** @see RFC 8855 §13.3 */
  queryUser(message: BfcpMessage): BfcpSend[] {
    const beneficiaryId = attribute(message.attributes, 'BENEFICIARY-ID')?.value;
    const user = this.#users.get(beneficiaryId ?? message.userId);
    if (user === undefined) return [this.error(message.userId, message, 'userDoesNotExist')];
    const requests = this.#requests.of(user.userId).map((each) => requestInformation(each, this.#userOf));
    const about = beneficiaryId === undefined ? [] : [userInformation('BENEFICIARY-INFORMATION', user)];
    return [this.#answer(message, 'UserStatus', [...about, ...requests])];
  }

  /** An Error to the user over whose connection something came, also where it could be read only in part. @see RFC 8855 §13.8 */
  error(userId: number, answers: BfcpHeader, name: ErrorName, info?: string): BfcpSend {
    const attributes: BfcpAttribute[] = [{ name: 'ERROR-CODE', code: ERROR_CODES[name], details: new Uint8Array(0) }];
    if (info !== undefined) attributes.push({ name: 'ERROR-INFO', text: info });
    return { ...this.#answer(answers, 'Error', attributes), userId };
  }

  #named(message: BfcpMessage): FloorRequest | undefined {
    const id = attribute(message.attributes, 'FLOOR-REQUEST-ID')?.value;
    return id === undefined ? undefined : this.#requests.get(id);
  }

  #end(request: FloorRequest, status: RequestStatus): BfcpSend[] {
    const granted = this.#requests.end(request, status);
    const sends = [request, ...granted].map((each) => this.#statusOf(each));
    return [...sends, ...this.#changed(request.floorIds)];
  }

  readonly #userOf = (userId: number): FloorUser | undefined => this.#users.get(userId);

  /** Tells the owner, and who watches those floors. */
  #changed(floorIds: readonly number[]): BfcpSend[] {
    for (const floorId of floorIds) this.#options.onHolder?.(floorId, this.holder(floorId));
    return [...this.#watched].flatMap(([userId, watched]) =>
      floorIds
        .filter((each) => watched.includes(each))
        .map((each) => this.#send(userId, 'FloorStatus', this.#floorStatus(each))),
    );
  }

  /** @see RFC 8855 §5.3.8 */
  #floorStatus(floorId: number): BfcpAttribute[] {
    const requests = this.#requests.for(floorId).map((each) => requestInformation(each, this.#userOf));
    return [{ name: 'FLOOR-ID', value: floorId }, ...requests];
  }

  #statusOf(request: FloorRequest): BfcpSend {
    const information: BfcpAttribute = {
      name: 'FLOOR-REQUEST-INFORMATION',
      id: request.id,
      attributes: [overallRequestStatus(request)],
    };
    return this.#send(request.userId, 'FloorRequestStatus', [information]);
  }

  #send(userId: number, primitive: Primitive, attributes: BfcpAttribute[]): BfcpSend {
    const { conferenceId } = this.#options;
    return { userId, message: { primitive: PRIMITIVES[primitive], conferenceId, userId, attributes } };
  }

  #answer(answers: BfcpHeader, primitive: Primitive, attributes: BfcpAttribute[]): BfcpSend {
    const { conferenceId, userId } = answers;
    return { userId, message: { primitive: PRIMITIVES[primitive], conferenceId, userId, attributes }, answers };
  }
}
