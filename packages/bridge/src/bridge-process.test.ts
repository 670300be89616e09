import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BridgeProcess } from './bridge-process.ts';
import { makeCertificate } from './certificate-fixture.ts';
import { ScriptedPeer } from './scripted-peer-fixture.ts';
import { startBridge } from './start-bridge.ts';

describe('a bridge in its own process', () => {
  test('says where it listens, takes calls, and hangs up before it ends', async () => {
    const bridge = await BridgeProcess.start({ conference: { frameRate: 10 } });
    onTestFinished(() => bridge.stop());
    expect(bridge.addresses).toEqual({
      udp: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      tcp: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      ws: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+$/),
      http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });
    await using caller = await ScriptedPeer.call({ name: 'Anna', target: bridge.addresses.udp });
    expect(caller.statusCode).toBe(200);
    await bridge.stop();
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
    expect(caller.peer.requests).toEqual(['BYE']);
  });

  test('ends when its standard input closes', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--domain', 'x.example'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
    const line = await new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve));
    expect(JSON.parse(line)).toMatchObject({ controlUrl: expect.stringContaining('http://127.0.0.1:') });
    child.stdin.end();
    expect(await exited).toBe(0);
  });

  test('says what is wrong with its configuration', async () => {
    const wrong = BridgeProcess.start({ conference: { width: 3 } });
    await expect(wrong).rejects.toThrow(/conference\.width/);
  });
});

describe('who calls without an offer is offered what its signalling deserves', () => {
  test.each([
    ['udp', /m=audio \d+ RTP\/AVP /, undefined],
    ['tls', /m=audio \d+ RTP\/SAVP /, /a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:/],
    ['ws', /m=audio \d+ UDP\/TLS\/RTP\/SAVPF /, /a=group:BUNDLE audio video\r\n.*a=setup:actpass/s],
  ] as const)('over %s', async (transport, line, key) => {
    const tls = await makeCertificate('bridge.example');
    if (transport === 'tls' && !tls) return console.warn('skipped: no openssl');
    await using bridge = await startBridge({ tls });
    const address = (bridge.addresses[transport] ?? '').replace('ws://', '');
    const offered: string[] = [];
    bridge.events.subscribe(({ type, data }) => {
      if (type === 'sip.message' && String(data.message).startsWith('SIP/2.0 200')) offered.push(String(data.message));
    }, 0);
    const call = ScriptedPeer.call({ name: 'Anna', target: `${address};transport=${transport}`, isLate: true });
    await expect.poll(() => offered.length).toBeGreaterThan(0);
    expect(offered[0]).toMatch(line);
    if (key) expect(offered[0]).toMatch(key);
    await (await call)[Symbol.asyncDispose]();
  });
});
