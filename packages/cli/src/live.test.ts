import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { enterOrInterrupt, howToLook } from './live.ts';

describe('while the calls are kept up', () => {
  test('Enter goes on', async () => {
    const input = new PassThrough();
    const going = enterOrInterrupt(input);
    input.write('\n');
    await going;
  });

  test('SIGINT goes on and interrupts nothing; afterwards it interrupts again', async () => {
    const heard: string[] = [];
    const interrupt = (): void => void heard.push('interrupted');
    process.on('SIGINT', interrupt);
    try {
      const going = enterOrInterrupt(new PassThrough());
      process.emit('SIGINT');
      await going;
      expect(heard).toEqual([]);
      process.emit('SIGINT');
      expect(heard).toEqual(['interrupted']);
    } finally {
      process.off('SIGINT', interrupt);
    }
  });

  test('it is said where to look', () => {
    const data = { addresses: { udp: '127.0.0.1:5060' }, controlUrl: 'http://127.0.0.1:80/' };
    const lines = howToLook({
      path: 'reports/1',
      readPlan: () => ({ conference: { uri: 'sip:meeting@x.example' } }) as never,
      readEvents: () => [{ type: 'bridge.started', atUs: 0, data }] as never,
    });
    expect(lines.join('\n')).toContain('join it yourself  sip:meeting@127.0.0.1:5060');
    expect(lines.join('\n')).toContain('curl http://127.0.0.1/conferences/meeting/participants');
    expect(lines.join('\n')).toContain('tshark -r reports/1/captures/run.pcapng');
  });
});
