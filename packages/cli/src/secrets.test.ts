import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { hostClock } from '@plugfest/host';
import { writeReport } from '@plugfest/report';
import { openBundle, writeBundle } from '@plugfest/repro';
import { EventLog, RunDirectory, SipTrace } from '@plugfest/scenario';
import { PacketRecorder } from '@plugfest/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plannedExpansion } from './secrets-fixture.ts';

const root = mkdtempSync(join(tmpdir(), 'plugfest-secrets-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Each is a credential in a place where SIP and SDP carry them. */
const CANARIES = ['digest', 'proxydigest', 'basic', 'bearer', 'gssapi', 'uri', 'sdes', 'kline'].map(
  (name) => `CANARY${name}0123456789`,
);
/** No secret: it has to be found, or the search finds nothing. */
const CONTROL = 'CONTROL-that-is-no-secret';
const [digest, proxyDigest, basic, bearer, gssapi, uri, sdes, kLine] = CANARIES;

const MESSAGES = [
  `Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:x", response="${digest}"`,
  `Proxy-Authorization: Digest username="bob", response=${proxyDigest}, realm="r"`,
  `Authorization: Basic ${basic}`,
  `Authorization: Bearer ${bearer}`,
  `Authorization: TLS-DSK qop="auth", realm="SIP", gssapi-data="${gssapi}"`,
  `Contact: <sip:bob:${uri}@192.0.2.1>`,
].map(
  (header) => `REGISTER sip:corp.example SIP/2.0\r\nUser-Agent: ${CONTROL}\r\n${header}\r\nContent-Length: 0\r\n\r\n`,
);
const SDP = `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nk=clear:${kLine}\r\nm=audio 9 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${sdes}|2^31\r\n`;
const INVITE = `INVITE sip:x@y SIP/2.0\r\nContent-Type: application/sdp\r\nContent-Length: ${SDP.length}\r\n\r\n${SDP}`;

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile());
}

/** Files in which it stands, plainly or as a page may carry it: in base 64, at any of the three offsets. */
function filesWith(text: string): string[] {
  const forms = [text, ...[0, 1, 2].map((offset) => inBase64(text, offset))];
  return filesBelow(root)
    .filter((path) => forms.some((form) => readFileSync(path, 'latin1').includes(form)))
    .map((path) => relative(root, path));
}

function inBase64(text: string, offset: number): string {
  const encoded = Buffer.from('\0'.repeat(offset) + text).toString('base64');
  return encoded.slice(offset === 0 ? 0 : 4, Math.floor((offset + text.length) / 3) * 4);
}

describe('credentials', () => {
  beforeAll(async () => {
    const plan = plannedExpansion(join(root, 'none.scenario.ts'));
    const run = RunDirectory.create(join(root, 'reports'), plan.runId);
    run.writePlan(plan);
    const log = new EventLog(run.file('events.jsonl'), hostClock);
    const recorder = await PacketRecorder.open(run.file('captures/run.pcapng'), { clock: hostClock });
    const trace = new SipTrace(plan, log, recorder);
    const ends = { source: '192.0.2.1:5060', destination: '192.0.2.2:5060', from: 'subject', to: 'bridge' };
    for (const message of [...MESSAGES, INVITE])
      for (const transport of ['udp', 'tls'] as const)
        trace.record({ ...ends, transport, message, atUs: hostClock.nowUs() });
    log.close();
    await recorder.close();
    run.writeVerdict({
      ...{ version: 1, id: plan.runId, scenario: 'canary', title: 'Canary', verdict: 'pass', seed: 1, checks: [] },
      ...{ startedAt: plan.createdAt, durationMs: 1, reportDir: run.path, stagesMs: {} },
    });
    await writeReport(run);
    await writeBundle(run, join(root, 'run.plugfest.tgz'), { redact: true, scenariosRoot: root });
    await openBundle(join(root, 'run.plugfest.tgz'), join(root, 'unpacked'));
  });

  test.each(CANARIES)('%s is in no file of a run, its report and its bundle', (canary) => {
    expect(filesWith(canary)).toEqual([]);
  });

  test('and the search does find what is no secret, in events, packets and report, here and in the bundle', () => {
    const found = filesWith(CONTROL);
    for (const name of ['events.jsonl', 'captures/run.pcapng', 'index.html'])
      for (const place of ['reports/canary-1/', 'unpacked/'])
        expect(
          found.filter((path) => path.startsWith(place) && path.endsWith(name)),
          `${place}… ${name}`,
        ).toHaveLength(1);
    writeFileSync(join(root, 'planted'), Buffer.from(`xx${CANARIES[0]}`).toString('base64'));
    expect(filesWith(CANARIES[0] as string)).toEqual(['planted']);
    rmSync(join(root, 'planted'));
  });
});
