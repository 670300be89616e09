import { hostClock } from '@plugfest/host';
import type { NegotiatedDtls } from '@plugfest/sdp';
import { afterEach, expect, test, vi } from 'vitest';
import { WebRtcConnection } from './webrtc-connection.ts';

const host = '127.0.0.1';
const source = { ssrc: 1, cname: 'test' };
/** @see RFC 7675 §5.1 */
const CONSENT_MS = 30_000;

afterEach(() => vi.useRealTimers());

test('a peer that answers no more checks is told of once consent has expired, and not before', async () => {
  // Time passes as it does, until it is turned on.
  vi.useFakeTimers({ shouldAdvanceTime: true, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  const lost: string[] = [];
  const open = (name: string): Promise<WebRtcConnection> =>
    WebRtcConnection.open({ host, clock: hostClock, source, trickles: false, onConsentLost: () => lost.push(name) });
  await using ours = await open('ours');
  await using theirs = await open('theirs');
  const iceOf = ({ local }: WebRtcConnection) => ({ ...local, lite: false, endOfCandidates: true });
  const dtlsOf = ({ local: { fingerprint } }: WebRtcConnection, setup: 'active' | 'passive'): NegotiatedDtls => ({
    fingerprint,
    fingerprints: [fingerprint],
    setup,
    localSetup: setup === 'active' ? 'passive' : 'active',
  });
  await Promise.all([
    ours.connect(iceOf(theirs), dtlsOf(theirs, 'active'), false),
    theirs.connect(iceOf(ours), dtlsOf(ours, 'passive'), true),
  ]);
  await theirs[Symbol.asyncDispose]();
  await vi.advanceTimersByTimeAsync(CONSENT_MS / 2);
  expect(lost).toEqual([]);
  await vi.advanceTimersByTimeAsync(CONSENT_MS / 2);
  expect(lost).toEqual(['ours']);
});
