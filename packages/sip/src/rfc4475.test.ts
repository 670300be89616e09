import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  headerValues,
  parseMessage,
  parseNameAddr,
  parseSipUri,
  unescapeUri,
  unicodeOf,
  validateRequest,
  validateResponse,
} from './index.ts';
import knownDivergences from './known-divergences.json' with { type: 'json' };

const ROOT = fileURLToPath(new URL('../../../../shared/data/sip/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);

interface Sidecar {
  readonly name: string;
  readonly parse: string;
  readonly uas_status: number[] | null;
}

/** What we make of a message: the status owed (null: none), or `drop`. */
function outcomeOf(bytes: Uint8Array): number | null | 'drop' {
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return 'drop';
  if (parsed.value.kind === 'response') return validateResponse(parsed.value) === undefined ? null : 'drop';
  return validateRequest(parsed.value)?.statusCode ?? null;
}

/** Statuses that only the element behind the parser can give: a registrar's or an application's. */
const GIVEN_LATER = [200, 401, 404, 405];

function isAsExpected(sidecar: Sidecar, outcome: number | null | 'drop'): boolean {
  const allowed = sidecar.uas_status;
  switch (sidecar.parse) {
    case 'accept':
    case 'accept-then-drop':
      return outcome === null
        ? !allowed || allowed.some((code) => GIVEN_LATER.includes(code))
        : allowed?.includes(outcome as number) === true;
    case 'reject':
      return allowed?.includes(outcome as number) === true;
    case 'drop':
      return outcome === 'drop';
    case 'reject-or-lenient':
      return outcome === null || allowed?.includes(outcome as number) === true;
    default:
      return true;
  }
}

const divergences: Readonly<Record<string, string>> = knownDivergences;

describe.skipIf(!present)('torture messages', () => {
  for (const corpus of present ? ['rfc4475', 'rfc5118'] : []) {
    for (const file of readdirSync(ROOT + corpus).filter((name) => name.endsWith('.json'))) {
      const sidecar: Sidecar = JSON.parse(readFileSync(`${ROOT}${corpus}/${file}`, 'utf8'));
      test(`${corpus} ${sidecar.name}: ${sidecar.parse} ${sidecar.uas_status ?? ''}`, () => {
        const outcome = outcomeOf(readFileSync(`${ROOT}${corpus}/${sidecar.name}.sip`));
        const known = divergences[sidecar.name];
        if (known === undefined)
          expect({ outcome, good: isAsExpected(sidecar, outcome) }).toEqual({ outcome, good: true });
        else expect(isAsExpected(sidecar, outcome), `listed as diverging (${known}) and does not`).toBe(false);
      });
    }
  }
});

function torture(name: string) {
  const parsed = parseMessage(readFileSync(`${ROOT}rfc4475/${name}.sip`));
  if (!parsed.ok) throw new Error(parsed.error.text);
  return parsed.value;
}

describe.skipIf(!present)('fields of the torture messages', () => {
  test('wsinv: folding, compact names, an opaque unknown header', () => {
    const message = torture('wsinv');
    expect(headerValues(message, 'Via')).toHaveLength(3);
    expect(message.headers.find(({ name }) => name === 'NewFangledHeader')?.value).toContain(
      'newfangled value continued newfangled value',
    );
    expect(message.headers.find(({ name }) => name === 'UnknownHeaderWithUnusualValue')?.value).toBe(';;,,;;,;');
    expect(headerValues(message, 'Contact')).toHaveLength(1);
    expect(message.body).toHaveLength(150);
  });

  test('esc01: escapes are undone once', () => {
    const message = torture('esc01');
    expect(unescapeUri('v%61lue%25%34%31')).toBe('value%41');
    const uri = message.kind === 'request' ? parseSipUri(message.uri) : undefined;
    expect(uri?.ok && uri.value.user).toBe('sips:user@example.com');
  });

  test('esc02: % is no escape in names and methods', () => {
    const message = torture('esc02');
    expect(headerValues(message, 'Contact')).toHaveLength(2);
    const from = parseNameAddr(headerValues(message, 'From')[0] ?? '');
    expect(from.ok && from.value.displayName).toBe('%Z%45');
  });

  test('semiuri: the user part holds a semicolon', () => {
    const message = torture('semiuri');
    const uri = message.kind === 'request' ? parseSipUri(message.uri) : undefined;
    expect(uri?.ok && uri.value.user).toBe('user;par=u@example.net');
    expect(uri?.ok && uri.value.parameters).toEqual([]);
  });

  test('intmeth: NUL and UTF-8 survive', () => {
    const message = torture('intmeth');
    const to = parseNameAddr(headerValues(message, 'To')[0] ?? '');
    expect(to.ok && to.value.displayName?.includes('\0')).toBe(true);
    expect(message.kind === 'request' && message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
  });

  test('dblreq: what follows the body is not read', () => {
    const message = torture('dblreq');
    expect(message.kind === 'request' && message.method).toBe('REGISTER');
    expect(message.body).toHaveLength(0);
  });

  test('mpart01: binary body untouched', () => {
    const message = torture('mpart01');
    expect(message.body.includes(0)).toBe(true);
  });

  test('cparam01/02: whose parameter it is', () => {
    const ours = parseNameAddr(headerValues(torture('cparam01'), 'Contact')[0] ?? '');
    const uris = parseNameAddr(headerValues(torture('cparam02'), 'Contact')[0] ?? '');
    expect(ours.ok && ours.value.parameters.map(({ name }) => name)).toContain('unknownparam');
    expect(uris.ok && uris.value.parameters).toEqual([]);
    expect(uris.ok && uris.value.uri).toContain(';unknownparam');
  });

  test('unreason: the phrase is UTF-8', () => {
    const message = torture('unreason');
    expect(message.kind === 'response' && unicodeOf(message.reasonPhrase)).toBe(
      '= 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e \u0434\u0435\u0432\u044f\u043d\u043e\u0441\u0442\u043e \u0434\u0435\u0432\u044f\u0442\u044c - \u043f\u0440\u043e\u0441\u0442\u043e\u0435',
    );
  });
});
