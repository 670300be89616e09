/** What is wrong with the store, by a name that a program can tell apart. */
export type StoreFaultCode =
  | 'disk-full'
  | 'too-many-files'
  | 'read-only'
  | 'no-permission'
  | 'unreachable'
  | 'conflict'
  | 'in-use'
  | 'store-failed';

/** The store cannot do what it was asked. */
export class StoreFault extends Error {
  readonly code: StoreFaultCode;

  constructor(code: StoreFaultCode, where: string, text: string, cause?: unknown) {
    super(`${WORDS[code]} (${where}): ${text.replace(/\p{Cc}+/gu, ' ')}`, { cause });
    this.name = 'StoreFault';
    this.code = code;
  }

  /** Whether the same may go well a little later. */
  get isPassing(): boolean {
    return this.code === 'unreachable' || this.code === 'conflict';
  }
}

const WORDS: Readonly<Record<StoreFaultCode, string>> = {
  'disk-full': 'the store has no room left on its disk',
  'too-many-files': 'the store may open no more files (ulimit -n)',
  'read-only': 'the store’s directory is read-only',
  'no-permission': 'the store may not use its directory',
  unreachable: 'the store cannot be reached',
  conflict: 'two asked the store for the same at once',
  'in-use': 'the store is open in another process',
  'store-failed': 'the store failed',
};

/** errno names, and SQLSTATE classes. @see PostgreSQL, appendix A */
const CODES: readonly (readonly [RegExp, StoreFaultCode])[] = [
  [/^(ENOSPC|EDQUOT|53100)$/, 'disk-full'],
  [/^(EMFILE|ENFILE)$/, 'too-many-files'],
  [/^(EROFS|25006)$/, 'read-only'],
  [/^(EACCES|EPERM|28\w{3}|42501)$/, 'no-permission'],
  [/^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|08\w{3}|57P0[1-4]|53300|25P03)$/, 'unreachable'],
  [/^(40001|40P01|55P03)$/, 'conflict'],
];

/** Words of errors that carry no code: node-postgres', and Postgres' own where it runs in WebAssembly. */
const TEXTS: readonly (readonly [RegExp, StoreFaultCode])[] = [
  [/No space left on device|ENOSPC/i, 'disk-full'],
  [/Too many open files|No file descriptors|EMFILE/i, 'too-many-files'],
  [/Read-only file system|EROFS/i, 'read-only'],
  [/Permission denied|EACCES/i, 'no-permission'],
  [
    /Connection terminated|not queryable|timeout exceeded when trying to connect|Query read timeout|fetch failed/i,
    'unreachable',
  ],
];

export function nameStoreFault(fault: unknown, where: string): unknown {
  if (fault instanceof StoreFault) return fault;
  const { code, message } = fault as { code?: unknown; message?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(fault);
  const byCode = typeof code === 'string' ? CODES.find(([pattern]) => pattern.test(code)) : undefined;
  const named = byCode ?? TEXTS.find(([pattern]) => pattern.test(text));
  return new StoreFault(named?.[1] ?? 'store-failed', where, text, fault);
}
