import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hostClock, openTemporaryDirectory } from '@plugfest/host';
import { expect, test } from 'vitest';
import { keyLogLine, readMediaKeys, secretsOfKeys } from './media-keys.ts';
import { PacketRecorder } from './packet-recorder.ts';
import { readPcapng } from './pcapng-reader.ts';
import { withoutSecrets } from './recorded-secrets.ts';

const KEYS = {
  ...{ suite: 'AES_CM_128_HMAC_SHA1_80', clientRandom: 'ab'.repeat(32), masterSecret: 'cd'.repeat(48) },
  local: { keyAndSalt: 'AAAA', address: '127.0.0.1', port: 30_000 },
  remote: { keyAndSalt: 'BBBB', address: '127.0.0.1', port: 20_000 },
};
const packet = {
  source: { address: '127.0.0.1', port: 1 },
  destination: { address: '127.0.0.1', port: 2 },
  payload: Uint8Array.of(1),
};

test('a key log stands before all packets, in a file of the owner alone, and can be taken out', async () => {
  await using directory = await openTemporaryDirectory('secrets');
  const [path, plain] = [join(directory.path, 'run.pcapng'), join(directory.path, 'plain.pcapng')];
  for (const file of [path, plain]) {
    const recorder = await PacketRecorder.open(file, { clock: hostClock });
    recorder.interface('a').recordUdp({ atUs: 0, ...packet });
    if (file === path) recorder.addKeyLog(keyLogLine(KEYS));
    await recorder.close();
  }
  const recording = await readFile(path);
  const types = [...readPcapng(recording)].map(({ bytes }) => bytes.readUInt32LE(0));
  expect(types).toEqual([0x0a0d0d0a, 10, 1, 6]);
  expect(recording.toString('latin1')).toContain(`CLIENT_RANDOM ${KEYS.clientRandom} ${KEYS.masterSecret}\n`);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const redacted = withoutSecrets(recording);
  expect(redacted.toString('latin1')).not.toContain(KEYS.masterSecret);
  expect(redacted.length).toBe((await readFile(plain)).length);
});

test('lines that are no keys are passed over; each direction has its key', () => {
  const text = `${JSON.stringify(KEYS)}\n{"suite":1}\n\nnone\n${JSON.stringify(KEYS).slice(0, 40)}`;
  expect(readMediaKeys(text)).toEqual([KEYS]);
  expect(secretsOfKeys(KEYS, 'wrtc').map(({ keyAndSalt, sources }) => [keyAndSalt, sources[0]?.port])).toEqual([
    ['AAAA', 30_000],
    ['BBBB', 20_000],
  ]);
});
