import { describe, expect, test } from 'vitest';
import { KeyFrameRequests } from './key-frame-requests.ts';

describe('asking for key frames', () => {
  test('is not done while pictures come', () => {
    const requests = new KeyFrameRequests();
    requests.packetArrived(0);
    requests.decoded(true);
    expect(requests.isDue(10_000_000)).toBe(false);
  });

  test('is done where the first picture was missed', () => {
    const requests = new KeyFrameRequests();
    requests.packetArrived(0);
    expect(requests.isDue(100_000)).toBe(false);
    expect(requests.isDue(300_000)).toBe(true);
  });

  test('is done at once for damage, then at intervals until a key frame came', () => {
    const requests = new KeyFrameRequests();
    requests.decoded(true);
    requests.damaged();
    expect(requests.isDue(1_000_000)).toBe(true);
    requests.decoded(false);
    expect(requests.isDue(1_200_000)).toBe(false);
    expect(requests.isDue(1_600_000)).toBe(true);
    requests.decoded(true);
    expect(requests.isDue(9_000_000)).toBe(false);
    expect(requests.count).toBe(2);
  });
});
