import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '@plugfest/model';
import { leastMs } from '@plugfest/model/cost-fixture';
import { describe, expect, test } from 'vitest';
import {
  bodyParts,
  clientTransactionKey,
  createResponse,
  createUasDialog,
  formatMessage,
  header,
  headerValues,
  parseAuthorization,
  parseChallenge,
  parseMessage,
  parseNameAddr,
  parseSipUri,
  parseVia,
  StreamFramer,
  serverTransactionKey,
  validateForwarding,
  validateRequest,
  validateResponse,
} from './index.ts';

const ROOT = fileURLToPath(new URL('../../../../shared/data/sip/', import.meta.url));
const present = existsSync(ROOT);
if (!present) console.log(`skipped: no test data at ${ROOT}`);

/** Everything that a received message goes through, none of which may throw. */
function digestAll(bytes: Uint8Array): void {
  new StreamFramer().push(bytes);
  const parsed = parseMessage(bytes);
  if (!parsed.ok) return;
  const message = parsed.value;
  for (const name of ['Via', 'From', 'To', 'Contact', 'Record-Route', 'Authorization']) {
    for (const value of headerValues(message, name)) {
      parseVia(value);
      const address = parseNameAddr(value);
      if (address.ok) parseSipUri(address.value.uri);
      parseAuthorization(value);
      parseChallenge(value);
    }
  }
  bodyParts(message);
  clientTransactionKey(message);
  if (message.kind === 'response') validateResponse(message);
  else {
    validateRequest(message);
    validateForwarding(message);
    serverTransactionKey(message);
    createUasDialog(message, 'tag');
    formatMessage(createResponse(message, { statusCode: 400, toTag: 'x' }));
  }
  const again = parseMessage(formatMessage(message));
  if (again.ok) expect(again.value.headers.length).toBeLessThanOrEqual(message.headers.length + 1);
}

const corpus = present
  ? readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.sip'))
      .sort()
      .map((file) => readFileSync(ROOT + file))
  : [];

describe.skipIf(!present)('hostile bytes never throw', () => {
  test('every item of the corpus', () => {
    for (const bytes of corpus) digestAll(bytes);
    expect(corpus.length).toBeGreaterThan(250);
  });

  test('4,000 mutations: flips, cuts, doubled and swapped pieces', () => {
    const seed = 20_260;
    const random = seededRandom(seed);
    const pick = (limit: number): number => random.uint32() % Math.max(1, limit);
    for (let i = 0; i < 4000; i++) {
      let bytes = Buffer.from(corpus[pick(corpus.length)] ?? []);
      for (let edit = pick(4); edit >= 0; edit--) {
        const at = pick(bytes.length);
        const end = at + pick(40);
        const kind = pick(5);
        if (kind === 0 && bytes.length > 0) bytes[at] = pick(256);
        else if (kind === 1) bytes = bytes.subarray(0, at);
        else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
        else if (kind === 3) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
        else
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(['\r\n', '"', '<', '\\', ';', ',', '\0', '%', '\r', '\n '][pick(10)] ?? ''),
            bytes.subarray(at),
          ]);
      }
      digestAll(bytes);
    }
  });
});

describe('bounded cost', () => {
  const REQUEST = (line: string): Buffer =>
    Buffer.from(
      `INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n${line}\r\n\r\n`,
      'latin1',
    );
  const NASTY = ['   ', '"', ',', '\\', '"\\', '<', ';', ';a', '%', '(', '@', ':', 'a,', ' \t', '"a",', '<>,', '=,'];
  for (const piece of NASTY) {
    for (const name of ['Contact', 'Via', 'To', 'Authorization', 'Content-Type', 'Accept']) {
      test(`50,000 bytes of ${JSON.stringify(piece)} in ${name}`, () => {
        const bytes = REQUEST(`${name}: ${piece.repeat(Math.ceil(50_000 / piece.length))}`);
        digestAll(bytes);
        if (leastMs(() => digestAll(bytes), 1) >= 50) expect(leastMs(() => digestAll(bytes), 10)).toBeLessThan(50);
      });
    }
  }

  test('more header lines than anybody needs are refused', () => {
    const parsed = parseMessage(REQUEST('Via: SIP/2.0/UDP a\r\n'.repeat(10_000).trimEnd()));
    expect(parsed.ok ? '' : parsed.error.code).toBe('too-many-headers');
  });

  test('prototype keys are plain names', () => {
    const parsed = parseMessage(REQUEST('__proto__: x\r\nconstructor: y'));
    expect(parsed.ok && header(parsed.value, '__proto__')).toBe('x');
    expect(parsed.ok && header(parsed.value, 'toString')).toBeUndefined();
  });

  test('no header can be smuggled out of a value', () => {
    const parsed = parseMessage(REQUEST('Subject: a'));
    if (!parsed.ok) throw new Error(parsed.error.text);
    const evil = {
      ...parsed.value,
      headers: [...parsed.value.headers, { name: 'X', value: 'a\r\nEvil: 1\u010d\u010aEvil: 2' }],
    };
    const again = parseMessage(formatMessage(evil));
    expect(again.ok && header(again.value, 'Evil')).toBeUndefined();
  });
});
