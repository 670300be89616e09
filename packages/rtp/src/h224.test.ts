import { seededRandom } from '@plugfest/model';
import { describe, expect, test } from 'vitest';
import { formatH224, H224_CLIENTS, parseH224 } from './h224-frame.ts';
import {
  type CameraMessage,
  formatCameraMessage,
  formatManagementMessage,
  parseCameraMessage,
  parseManagementMessage,
} from './h281-message.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('frames of H.224', () => {
  test('a client list of an endpoint with H.281, octet by octet', () => {
    const bytes = Buffer.from('0071030000000000c001000181', 'hex');
    const frame = parseH224(bytes);
    expect(frame).toEqual({
      ok: true,
      value: {
        priority: 'high',
        destination: 0,
        source: 0,
        client: H224_CLIENTS.management,
        begins: true,
        ends: true,
        segment: 0,
        data: bytes.subarray(9),
      },
    });
    expect(frame.ok && hex(formatH224(frame.value))).toBe(hex(bytes));
    expect(frame.ok && parseManagementMessage(frame.value.data)).toEqual({
      about: 'clients',
      kind: 'message',
      octets: Buffer.of(1, 0x81),
    });
  });

  test.each([
    ['short', '00710300000000'],
    ['another link', '008103000000000001c0'],
    ['numbered', '007101000000000001c0'],
    ['too long', `007103000000000001c0${'00'.repeat(300)}`],
  ])('%s: no frame', (_, bytes) => {
    expect(parseH224(Buffer.from(bytes, 'hex')).ok).toBe(false);
  });

  test('any octets: a frame or a fault, never an exception', () => {
    const random = seededRandom(224);
    for (let time = 0; time < 2000; time++) {
      const bytes = Uint8Array.from({ length: random.uint32() % 24 }, () => random.uint32() & 0xff);
      bytes.set([0, 0x61, 3].slice(0, bytes.length));
      const frame = parseH224(bytes);
      if (!frame.ok) continue;
      parseCameraMessage(frame.value.data);
      parseManagementMessage(frame.value.data);
      expect(parseH224(formatH224(frame.value))).toEqual(frame);
    }
  });
});

describe('messages of H.281', () => {
  test.each<[string, string, CameraMessage]>([
    ['start, left, for 800 ms', '018000', { type: 'start', move: { pan: 'left' }, timeoutMs: 800 }],
    [
      'start, right and up, for 250 ms',
      '01f005',
      { type: 'start', move: { pan: 'right', tilt: 'up' }, timeoutMs: 250 },
    ],
    ['go on zooming in', '020c', { type: 'continue', move: { zoom: 'in' } }],
    ['stop focusing', '0303', { type: 'stop', move: { focus: 'in' } }],
    ['the document camera', '0431', { type: 'select-source', source: 3, mode: 1 }],
    ['preset 2', '0720', { type: 'activate-preset', preset: 2 }],
  ])('%s', (_, bytes, message) => {
    expect(parseCameraMessage(Buffer.from(bytes, 'hex'))).toEqual(message);
    expect(hex(formatCameraMessage(message))).toBe(bytes);
  });

  test('what is none', () => {
    for (const bytes of ['', '01', '0180', '0880', '0080'])
      expect(parseCameraMessage(Buffer.from(bytes, 'hex'))).toBeUndefined();
    expect(parseManagementMessage(Buffer.of(9, 0))).toBeUndefined();
    expect(hex(formatManagementMessage({ about: 'clients', kind: 'command', octets: new Uint8Array() }))).toBe('01ff');
  });
});
