import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const script = `import { interruption } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
  const { signal } = interruption();
  signal.addEventListener('abort', () => console.log(signal.reason.message));
  setInterval(() => {}, 1000);
  console.log('ready');`;

test('the first signal asks, the second ends with 130', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [ready] = await once(child.stdout, 'data');
  expect(String(ready)).toBe('ready\n');
  child.kill('SIGTERM');
  const [asked] = await once(child.stdout, 'data');
  expect(String(asked)).toBe('interrupted by SIGTERM\n');
  expect(child.exitCode).toBe(null);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(130);
});
