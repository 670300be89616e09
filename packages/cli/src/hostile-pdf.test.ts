import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { type Certificate, certificatePage } from '@plugfest/certify';
import { findTool } from '@plugfest/host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printPdf } from './print-pdf.ts';

const root = mkdtempSync(join(tmpdir(), 'plugfest-hostile-pdf-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const chromium = await findTool('chromium');
if (!chromium.found) process.stderr.write(`a hostile endpoint's certificate as PDF is skipped: ${chromium.reason}\n`);

/** What an endpoint may call itself; `OWNED` would be seen if any of it ran or were obeyed. */
const SCRIPT = '</td><script>document.body.textContent=`OWN`+`ED`</script>';
const LINK = '<a href="https://evil.example/">press</a><iframe src="file:///etc/hostname"></iframe>';
const PDF = ') Tj ET endstream endobj /OpenAction << /S /JavaScript /JS (app.alert(1)) >> (';
const HOSTILE = `${SCRIPT} ${LINK} ${PDF} \u001b[31m\u202e`;
const row: Certificate['rows'][number] = {
  ...{ id: HOSTILE, level: 'must' as const, text: HOSTILE, cites: HOSTILE, trial: 'clean', evidence: HOSTILE },
  ...{ outcome: 'fail' as const, seen: HOSTILE },
};
const certificate: Certificate = {
  ...{ format: 'plugfest-certificate', version: 1, suite: HOSTILE, suiteDigest: HOSTILE, result: 'FAILED' },
  endpoint: { name: HOSTILE, vendor: HOSTILE, version: HOSTILE, kind: HOSTILE, profile: HOSTILE },
  unclaimed: { [HOSTILE]: HOSTILE },
  rows: [row],
  trials: [{ name: HOSTILE, what: HOSTILE, runId: HOSTILE, verdict: HOSTILE, evidence: HOSTILE }],
  environment: { [HOSTILE]: HOSTILE },
  ...{ issuedAt: HOSTILE, validUntil: HOSTILE },
};

/** The streams of a PDF, opened (ISO 32000 §7.3.8, FlateDecode). */
function streamsOf(pdf: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = pdf.indexOf('stream'); at >= 0; at = pdf.indexOf('stream', at + 6)) {
    if (pdf.toString('latin1', at - 3, at) === 'end') continue;
    const start = at + 6 + (pdf[at + 6] === 13 ? 2 : 1);
    const bytes = pdf.subarray(start, pdf.indexOf('endstream', start));
    try {
      found.push(inflateSync(bytes));
    } catch {
      found.push(bytes);
    }
  }
  return found;
}

/** Glyph numbers to letters, of all fonts that the document embeds: `<0024> <0041>` and ranges. @see ISO 32000 §9.10.3 (ToUnicode) */
function lettersOf(map: string): Map<string, string> {
  const letters = new Map<string, string>();
  const text = (hex: string): string => Buffer.from(hex, 'hex').swap16().toString('utf16le');
  for (const [, body = ''] of map.matchAll(/beginbfchar([\s\S]*?)endbfchar/g))
    for (const [, from = '', to = ''] of body.matchAll(/<([0-9A-F]+)>\s*<([0-9A-F]+)>/gi))
      letters.set(from.toUpperCase(), text(to));
  for (const [, body = ''] of map.matchAll(/beginbfrange([\s\S]*?)endbfrange/g))
    for (const [, low = '', high = '', to = ''] of body.matchAll(/<([0-9A-F]+)>\s*<([0-9A-F]+)>\s*<([0-9A-F]+)>/gi))
      for (let glyph = Number.parseInt(low, 16), i = 0; glyph <= Number.parseInt(high, 16); glyph++, i++)
        letters.set(
          glyph.toString(16).padStart(low.length, '0').toUpperCase(),
          String.fromCodePoint(Number.parseInt(to, 16) + i),
        );
  return letters;
}

/** What the pages show, without spaces, once for each font's letters. */
function shownBy(pdf: Buffer): string[] {
  const streams = streamsOf(pdf).map((bytes) => bytes.toString('latin1'));
  const glyphs = streams
    .filter((text) => /\bTJ\b|\bTj\b/.test(text))
    .flatMap((text) => [...text.matchAll(/<([0-9A-F]+)>/gi)].map(([, hex = '']) => hex.toUpperCase()))
    .flatMap((hex) => hex.match(/.{4}/g) ?? []);
  return streams
    .filter((text) => text.includes('beginbf'))
    .map((map) => {
      const letters = lettersOf(map);
      return glyphs
        .map((glyph) => letters.get(glyph) ?? '')
        .join('')
        .replaceAll(/\s/g, '');
    });
}

describe.skipIf(!chromium.found)('the certificate of a hostile endpoint, printed', () => {
  let pdf: Buffer;
  beforeAll(async () => {
    const page = join(root, 'index.html');
    writeFileSync(page, certificatePage(certificate, HOSTILE));
    expect(await printPdf(page, join(root, 'certificate.pdf'))).toBeUndefined();
    pdf = readFileSync(join(root, 'certificate.pdf'));
  }, 60_000);

  test('shows what it calls itself, letter by letter', () => {
    const shown = shownBy(pdf);
    for (const text of [SCRIPT, LINK, PDF])
      expect(shown.some((page) => page.includes(text.replaceAll(' ', '')))).toBe(true);
    expect(shown.some((page) => page.includes('OWNED'))).toBe(false);
  });

  test('has nothing that acts: no script, no link, no file, no action', () => {
    const whole = [pdf, ...streamsOf(pdf)].map((bytes) => bytes.toString('latin1'));
    for (const action of ['/JavaScript', '/JS', '/OpenAction', '/Launch', '/EmbeddedFile', '/URI', '/GoToR'])
      expect(
        whole.filter(
          (text) => text.includes(`${action} `) || text.includes(`${action}(`) || text.includes(`${action}<`),
        ),
        action,
      ).toEqual([]);
    expect(shownBy(pdf).join('')).not.toContain('\u001b');
  });

  test('and a page that is not careful would be found', async () => {
    const page = join(root, 'careless.html');
    writeFileSync(page, `<!doctype html><body>before ${SCRIPT}<a href="https://evil.example/">press</a></body>`);
    expect(await printPdf(page, join(root, 'careless.pdf'))).toBeUndefined();
    const careless = readFileSync(join(root, 'careless.pdf'));
    expect(shownBy(careless).some((text) => text.includes('OWNED'))).toBe(true);
    writeFileSync(page, '<!doctype html><body><a href="https://evil.example/">press</a></body>');
    await printPdf(page, join(root, 'careless.pdf'));
    expect([readFileSync(join(root, 'careless.pdf'))].some((bytes) => bytes.includes('/URI'))).toBe(true);
  });
});
