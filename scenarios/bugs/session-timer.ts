import { type Exchange, PCMU, type Probe } from '@plugfest/probe';
import { header } from '@plugfest/sip';

/** Below the least that RFC 4028 §4 allows. */
const TOO_SMALL_S = 60;

/** Calls with an interval that is too small, and does with a 422 what it does. */
export async function callsWithTimer(probe: Probe, reaction: 'follows Min-SE' | 'gives up'): Promise<void> {
  const headers = [
    { name: 'Supported', value: 'timer' },
    { name: 'Session-Expires', value: `${TOO_SMALL_S};refresher=uac` },
  ];
  const call = await probe.invites({ sdp: probe.describes([PCMU]), headers });
  const first = probe.exchange.final('INVITE');
  if (first.statusCode !== 422 || reaction === 'gives up') return;
  const least = header(first, 'Min-SE') ?? '90';
  const larger = [
    { name: 'Supported', value: 'timer' },
    ...[
      { name: 'Session-Expires', value: least },
      { name: 'Min-SE', value: least },
    ],
  ];
  await call.invites({ sdp: probe.describes([PCMU]), headers: larger });
}

/** What is wrong where a 422 is the end of it; who takes no interest in timers answers 200 at once. */
export function timerIsAgreed(exchange: Exchange): string | undefined {
  const finals = exchange.finals('INVITE');
  const first = exchange.final('INVITE');
  if (first.statusCode === 422 && header(first, 'Min-SE') === undefined) return '422 without Min-SE';
  const last = finals.at(-1);
  return last && last.statusCode < 300 ? undefined : `the call ends with ${last?.statusCode}`;
}
