import { hostClock } from '@plugfest/host';
import { seededRandom } from '@plugfest/model';
import { formatMessage, parseMessage, type SipHeader, type SipResponse } from '@plugfest/sip';
import { UserAgent } from '@plugfest/sip-node';
import { expect, test } from 'vitest';
import { CLIENT_REFUSALS, type ClientRefusal, dialectAfter, refusalHeaders, refusalIn } from './client-response.ts';

const ALL = Object.keys(CLIENT_REFUSALS) as ClientRefusal[];

function response(statusCode: number, reasonPhrase: string, headers: readonly SipHeader[] = []): SipResponse {
  return { kind: 'response', statusCode, reasonPhrase, headers: [...headers], body: new Uint8Array() } as SipResponse;
}

test.each(ALL)('%s is told from the others by who called', (refusal) => {
  const { statusCode, reasonPhrase } = CLIENT_REFUSALS[refusal];
  const text = formatMessage(response(statusCode, reasonPhrase, refusalHeaders(refusal, 'lync.example')));
  const read = parseMessage(text);
  if (!read.ok || read.value.kind !== 'response') throw new Error('no response');
  expect(refusalIn(read.value)).toBe(refusal);
});

test('what no Lync client says is none of its refusals', () => {
  expect(refusalIn(response(486, 'Busy Here'))).toBeUndefined();
  expect(refusalIn(response(488, 'Not Acceptable Here'))).toBeUndefined();
});

test.each([
  [415, 'Mutipart mime in content type not supported by Archiving CDR service', [], 'draft-6'],
  [415, 'Unsupported Media Type', [], undefined],
  [488, 'Not Acceptable Here', [], 'draft-6'],
  [488, 'Not Acceptable Here', [{ name: 'ms-diagnostics', value: '7008;reason="Error parsing SDP"' }], 'v19'],
  [488, 'Not Acceptable', refusalHeaders('unsupported-description', 'x'), 'draft-6'],
  [488, 'Not Acceptable', refusalHeaders('encryption-levels-differ', 'x'), undefined],
  [480, 'Temporarily Unavailable', refusalHeaders('do-not-disturb', 'x'), undefined],
  [603, 'Decline', [], undefined],
] as const)('after %i %s the caller offers again: %#', (statusCode, reason, headers, dialect) => {
  expect(dialectAfter(response(statusCode, reason, [...headers]))).toBe(dialect);
});

test('a refusal crosses a real dialog whole', async () => {
  await using resources = new AsyncDisposableStack();
  const open = async (user: string): Promise<UserAgent> =>
    resources.use(
      await UserAgent.open({
        clock: hostClock,
        random: seededRandom(user.length),
        listen: [{ transport: 'tcp', host: '127.0.0.1', port: 0 }],
        aor: `sip:${user}@lync.example`,
        userAgentHeader: 'test',
      }),
    );
  const [anna, marco] = [await open('anna'), await open('marco')];
  const { statusCode, reasonPhrase } = CLIENT_REFUSALS['do-not-disturb'];
  marco.onInvite = (call) => call.reject(statusCode, reasonPhrase, refusalHeaders('do-not-disturb', 'lync.example'));
  const at = marco.addresses[0];
  const call = anna.invite(`sip:marco@${at?.host}:${at?.port};transport=tcp`, { body: Buffer.from('v=0\r\n') });
  const { ok, response: refused } = await call.answered;
  expect([ok, refusalIn(refused)]).toEqual([false, 'do-not-disturb']);
});
