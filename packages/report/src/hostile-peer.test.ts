import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { findTool, openTemporaryDirectory } from '@plugfest/host';
import type { Plan, RunEvent, VerdictFile } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { renderPage, renderRunList } from './render.ts';
import type { ReportData } from './report-data.ts';

const chromium = await findTool('chromium');
if (!chromium.found) process.stderr.write(`hostile-peer.test.ts is skipped: no Chromium (${chromium.reason})\n`);

/** Each would leave this word as the page's title if it ran. */
const OWNED = 'document.title=`owned`';
const ATTACKS = [
  `</script><script>${OWNED}</script>`,
  `<img src=x onerror="${OWNED}">`,
  `<!--<script>${OWNED}//`,
  `"><svg onload=${OWNED}>`,
  `' autofocus onfocus=${OWNED} x='`,
  "$& $` $' $1",
  `{@html '<b>'}{{${OWNED}}}`,
  `javascript:${OWNED}`,
  '\u2028\u0000\u001b]0;owned\u0007\ud800',
];
/** All of them in one text: each is looked for in the text of the page afterwards. */
const HOSTILE = ATTACKS.join(' ');

const verdict: VerdictFile = {
  version: 1,
  id: HOSTILE,
  scenario: HOSTILE,
  title: HOSTILE,
  verdict: 'error',
  reason: HOSTILE,
  seed: 1,
  startedAt: '2026-01-01T00:00:00Z',
  durationMs: 1,
  reportDir: HOSTILE,
  checks: [
    {
      id: HOSTILE,
      title: HOSTILE,
      level: 'must',
      verdict: 'fail',
      cites: HOSTILE,
      measured: HOSTILE,
      limit: HOSTILE,
      participants: [HOSTILE],
      evidence: [{ file: `javascript:${OWNED}`, note: HOSTILE }],
    },
  ],
  stagesMs: { [HOSTILE]: 1 },
};

const plan = {
  version: 1,
  runId: HOSTILE,
  scenario: { id: HOSTILE, title: HOSTILE, story: HOSTILE, file: HOSTILE },
  participants: [{ id: 'peer', number: 1, kind: 'sip-room', name: HOSTILE, profile: HOSTILE, uri: HOSTILE }],
  sabotage: [],
  command: HOSTILE,
  environment: { [HOSTILE]: HOSTILE },
} as unknown as Plan;

const event: RunEvent = { atUs: 2, type: HOSTILE, participant: HOSTILE, data: { [HOSTILE]: HOSTILE } };

const data: ReportData = {
  verdict,
  plan,
  measurements: null,
  events: [event],
  sip: [
    {
      atUs: 1,
      transport: 'udp',
      source: HOSTILE,
      destination: HOSTILE,
      from: HOSTILE,
      to: 'bridge',
      message: `${HOSTILE} SIP/2.0\r\nSubject: ${HOSTILE}\r\n\r\n${HOSTILE}`,
    },
  ],
  pictures: {},
  files: [{ name: `${HOSTILE}.png`, bytes: 1 }],
};

/** The document as Chromium has it after its scripts have run. */
async function documentOf(html: string): Promise<string> {
  if (!chromium.found) throw new Error(chromium.reason);
  await using directory = await openTemporaryDirectory('hostile-');
  const file = join(directory.path, 'page.html');
  writeFileSync(file, html);
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const { stdout } = await promisify(execFile)(
    chromium.path,
    [
      '--headless',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      `--user-data-dir=${directory.path}/profile`,
      '--virtual-time-budget=3000',
      ...sandbox,
      '--dump-dom',
      pathToFileURL(file).href,
    ],
    { timeout: 25_000, maxBuffer: 2 ** 26 },
  );
  return stdout;
}

/** Elements and attributes that came from no text of ours. */
const FOREIGN = /<(?:img|svg|b)[\s>]|<[^<>]*\son(?:error|load|focus)=/;

/** The document without what is no element of it: our script, our data, our styles. */
function body(document: string): string {
  return document.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
}

/** Its tags, with the names of their attributes: what is inside the quotes of an attribute is text. */
function tags(document: string): string {
  return body(document).replaceAll(/="[^"]*"/g, '=""');
}

describe.skipIf(!chromium.found)('what a peer sent', () => {
  // Else the two tests below would pass in a browser that runs nothing.
  test('would be run by this browser, if a page let it', async () => {
    const open = `<title>t</title><body>${ATTACKS[1]}</body>`;
    expect(await documentOf(open)).toContain('<title>owned</title>');
  });

  test('is text in the report', async () => {
    const document = await documentOf(await renderPage(data));
    expect(document).not.toContain('<title>owned</title>');
    expect(body(document)).toMatch(/<h1[^>]*>&lt;\/script&gt;&lt;script&gt;/);
    expect(body(document)).toContain("$&amp; $` $' $1");
    // In what is drawn by script as well: ladder, checks, events, evidence.
    for (const heading of ['SIP, message by message', 'Checks', 'Timeline', 'Evidence'])
      expect(document).toContain(heading);
    expect(tags(document)).not.toMatch(FOREIGN);
  });

  test('is text in the list of runs', async () => {
    const document = await documentOf(renderRunList([verdict]));
    expect(document).toContain('<title>Plugfest runs</title>');
    expect(document).toContain('&lt;img src=x onerror=');
    expect(document).not.toContain('<script');
    expect(tags(document)).not.toMatch(FOREIGN);
  });
});

test('the policy of the report lets run the one script that we built', async () => {
  const html = await renderPage(data);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';
  expect(policy).toMatch(/default-src 'none'; script-src 'sha256-[^']+';/);
  expect(policy).not.toMatch(/script-src[^;]*unsafe/);
});
