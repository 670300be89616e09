/** @see RFC 8855 §5.1, Table 1 */
export const PRIMITIVES = {
  FloorRequest: 1,
  FloorRelease: 2,
  FloorRequestQuery: 3,
  FloorRequestStatus: 4,
  UserQuery: 5,
  UserStatus: 6,
  FloorQuery: 7,
  FloorStatus: 8,
  ChairAction: 9,
  ChairActionAck: 10,
  Hello: 11,
  HelloAck: 12,
  Error: 13,
  FloorRequestStatusAck: 14,
  FloorStatusAck: 15,
  Goodbye: 16,
  GoodbyeAck: 17,
} as const;
export type Primitive = keyof typeof PRIMITIVES;

/** @see RFC 8855 §5.2.5, Table 4 */
export const REQUEST_STATUSES = {
  pending: 1,
  accepted: 2,
  granted: 3,
  denied: 4,
  cancelled: 5,
  released: 6,
  revoked: 7,
} as const;
export type RequestStatus = keyof typeof REQUEST_STATUSES;

/** @see RFC 8855 §5.2.6, Table 5 */
export const ERROR_CODES = {
  conferenceDoesNotExist: 1,
  userDoesNotExist: 2,
  unknownPrimitive: 3,
  unknownMandatoryAttribute: 4,
  unauthorizedOperation: 5,
  invalidFloorId: 6,
  floorRequestIdDoesNotExist: 7,
  maximumFloorRequestsReached: 8,
  useTls: 9,
  unableToParseMessage: 10,
  useDtls: 11,
  unsupportedVersion: 12,
  incorrectMessageLength: 13,
  genericError: 14,
} as const;
export type ErrorName = keyof typeof ERROR_CODES;

/** How an attribute's contents are laid out. @see RFC 8855 §5.2, Table 2 */
type AttributeFormat = 'unsigned16' | 'priority' | 'request-status' | 'error-code' | 'text' | 'types' | 'grouped';

/** @see RFC 8855 §5.2, Table 2 */
export const ATTRIBUTES = {
  'BENEFICIARY-ID': { type: 1, format: 'unsigned16' },
  'FLOOR-ID': { type: 2, format: 'unsigned16' },
  'FLOOR-REQUEST-ID': { type: 3, format: 'unsigned16' },
  PRIORITY: { type: 4, format: 'priority' },
  'REQUEST-STATUS': { type: 5, format: 'request-status' },
  'ERROR-CODE': { type: 6, format: 'error-code' },
  'ERROR-INFO': { type: 7, format: 'text' },
  'PARTICIPANT-PROVIDED-INFO': { type: 8, format: 'text' },
  'STATUS-INFO': { type: 9, format: 'text' },
  'SUPPORTED-ATTRIBUTES': { type: 10, format: 'types' },
  'SUPPORTED-PRIMITIVES': { type: 11, format: 'types' },
  'USER-DISPLAY-NAME': { type: 12, format: 'text' },
  'USER-URI': { type: 13, format: 'text' },
  'BENEFICIARY-INFORMATION': { type: 14, format: 'grouped' },
  'FLOOR-REQUEST-INFORMATION': { type: 15, format: 'grouped' },
  'REQUESTED-BY-INFORMATION': { type: 16, format: 'grouped' },
  'FLOOR-REQUEST-STATUS': { type: 17, format: 'grouped' },
  'OVERALL-REQUEST-STATUS': { type: 18, format: 'grouped' },
} as const satisfies Record<string, { type: number; format: AttributeFormat }>;
export type AttributeName = keyof typeof ATTRIBUTES;

type NamesOf<F extends AttributeFormat> = {
  [N in AttributeName]: (typeof ATTRIBUTES)[N]['format'] extends F ? N : never;
}[AttributeName];

/** An attribute, by its layout. `isMandatory` is the M bit: a receiver that does not know the type must refuse the message. */
export type BfcpAttribute = { readonly isMandatory?: boolean } & (
  | { readonly name: NamesOf<'unsigned16'>; readonly value: number }
  | { readonly name: 'PRIORITY' /** 0 lowest to 4 highest. */; readonly priority: number }
  | { readonly name: 'REQUEST-STATUS'; readonly status: number; readonly queuePosition: number }
  | { readonly name: 'ERROR-CODE'; readonly code: number; readonly details: Uint8Array }
  | { readonly name: NamesOf<'text'>; readonly text: string }
  | { readonly name: NamesOf<'types'>; readonly types: readonly number[] }
  | { readonly name: NamesOf<'grouped'>; readonly id: number; readonly attributes: readonly BfcpAttribute[] }
  | { readonly name: 'unknown'; readonly type: number; readonly contents: Uint8Array }
);

/** What every message begins with. @see RFC 8855 §5.1 */
export interface BfcpHeader {
  /** 1 over a reliable transport, 2 over UDP and DTLS. */
  readonly version: 1 | 2;
  /** The R bit: this answers a request (version 2 only). */
  readonly isResponse: boolean;
  /** Type number, also one that is not in the table. */
  readonly primitive: number;
  readonly conferenceId: number;
  readonly transactionId: number;
  readonly userId: number;
}

export interface BfcpMessage extends BfcpHeader {
  readonly attributes: readonly BfcpAttribute[];
}

const PRIMITIVE_NAMES = new Map<number, Primitive>(
  Object.entries(PRIMITIVES).map(([name, type]) => [type, name as Primitive]),
);

/** The primitive's name, or undefined where its number is not in the table. */
export function primitiveName(primitive: number): Primitive | undefined {
  return PRIMITIVE_NAMES.get(primitive);
}

/** The first attribute of that name. */
export function attribute<N extends BfcpAttribute['name']>(
  attributes: readonly BfcpAttribute[],
  name: N,
): (BfcpAttribute & { name: N }) | undefined {
  return attributes.find((each): each is BfcpAttribute & { name: N } => each.name === name);
}
