/** Where a camera is to turn; absent: as it is. @see ITU-T H.281 §4 */
export interface CameraMove {
  readonly pan?: 'left' | 'right';
  readonly tilt?: 'up' | 'down';
  readonly zoom?: 'in' | 'out';
  readonly focus?: 'in' | 'out';
}

/** What is said to a far end's camera. */
export type CameraMessage =
  | { readonly type: 'start'; readonly move: CameraMove; readonly timeoutMs: number }
  | { readonly type: 'continue' | 'stop'; readonly move: CameraMove }
  | { readonly type: 'select-source' | 'source-switched'; readonly source: number; readonly mode: number }
  | { readonly type: 'store-preset' | 'activate-preset'; readonly preset: number };

/** What management says: who is there, and what it can. @see ITU-T H.224 §9 */
export type ManagementMessage = {
  readonly about: 'clients' | 'capabilities';
  /** A question, or what answers one. */
  readonly kind: 'command' | 'message';
  readonly octets: Uint8Array;
};

const TYPES = {
  start: 1,
  continue: 2,
  stop: 3,
  'select-source': 4,
  'source-switched': 5,
  'store-preset': 6,
  'activate-preset': 7,
} as const;

/** Each axis has a bit that says that it moves, and one that says whither. */
const AXES = [
  ['pan', 0x80, 0x40, 'left', 'right'],
  ['tilt', 0x20, 0x10, 'down', 'up'],
  ['zoom', 0x08, 0x04, 'out', 'in'],
  ['focus', 0x02, 0x01, 'out', 'in'],
] as const;

const TICK_MS = 50;
/** 0 stands for it. */
const LONGEST_TICKS = 16;

/** Undefined for what is no message of H.281. */
export function parseCameraMessage(data: Uint8Array): CameraMessage | undefined {
  const [code, second = 0, third] = data;
  const type = (Object.keys(TYPES) as (keyof typeof TYPES)[]).find((name) => TYPES[name] === code);
  if (type === undefined || data.length < 2) return undefined;
  if (type === 'start')
    return third === undefined
      ? undefined
      : { type, move: moveIn(second), timeoutMs: (third & 0x0f || LONGEST_TICKS) * TICK_MS };
  if (type === 'continue' || type === 'stop') return { type, move: moveIn(second) };
  if (type === 'select-source' || type === 'source-switched') return { type, source: second >> 4, mode: second & 0x03 };
  return { type, preset: second >> 4 };
}

export function formatCameraMessage(message: CameraMessage): Uint8Array {
  const code = TYPES[message.type];
  if (message.type === 'start')
    return Uint8Array.of(code, octetOf(message.move), Math.round(message.timeoutMs / TICK_MS) & 0x0f);
  if ('move' in message) return Uint8Array.of(code, octetOf(message.move));
  if ('source' in message) return Uint8Array.of(code, (message.source << 4) | (message.mode & 0x03));
  return Uint8Array.of(code, message.preset << 4);
}

const SUBJECTS = { clients: 0x01, capabilities: 0x02 } as const;
const KINDS = { message: 0x00, command: 0xff } as const;

export function parseManagementMessage(data: Uint8Array): ManagementMessage | undefined {
  const [subject, kind] = data;
  const about =
    subject === SUBJECTS.clients ? 'clients' : subject === SUBJECTS.capabilities ? 'capabilities' : undefined;
  if (about === undefined || (kind !== KINDS.message && kind !== KINDS.command)) return undefined;
  return { about, kind: kind === KINDS.message ? 'message' : 'command', octets: data.subarray(2) };
}

export function formatManagementMessage({ about, kind, octets }: ManagementMessage): Uint8Array {
  return Uint8Array.of(SUBJECTS[about], KINDS[kind], ...octets);
}

function moveIn(octet: number): CameraMove {
  const moved = AXES.filter(([, moves]) => (octet & moves) !== 0);
  return Object.fromEntries(moved.map(([axis, , whither, low, high]) => [axis, (octet & whither) === 0 ? low : high]));
}

function octetOf(move: CameraMove): number {
  return AXES.reduce((octet, [axis, moves, whither, , high]) => {
    const direction = move[axis];
    return direction === undefined ? octet : octet | moves | (direction === high ? whither : 0);
  }, 0);
}
