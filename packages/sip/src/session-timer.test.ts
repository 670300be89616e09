import { describe, expect, test } from 'vitest';
import { createRequest, createResponse } from './create-message.ts';
import type { SipHeader, SipRequest } from './message.ts';
import { header } from './message-headers.ts';
import {
  answerTimer,
  hangUpAfterS,
  leastAfterRefusal,
  minSeOf,
  refreshAfterS,
  sessionExpiresOf,
  termsOf,
  timerRequestHeaders,
} from './session-timer.ts';

const POLICY = { intervalS: 1800, leastS: 90 };

function invite(...fields: readonly (readonly [string, string])[]): SipRequest {
  const headers: SipHeader[] = fields.map(([name, value]) => ({ name, value }));
  return createRequest({
    method: 'INVITE',
    uri: 'sip:b',
    from: '<sip:a>',
    to: '<sip:b>',
    callId: '1',
    sequence: 1,
    headers,
  });
}

function said(request: SipRequest, policy: Parameters<typeof answerTimer>[1] = POLICY): string {
  const answer = answerTimer(request, policy);
  const headers = answer.headers.map(({ name, value }) => `${name}: ${value}`).join(' | ');
  return answer.ok ? headers : `${answer.statusCode} ${headers}`;
}

describe('Session-Expires and Min-SE', () => {
  test.each([
    ['1800', { intervalS: 1800, refresher: undefined }],
    ['90 ; Refresher=UAS;x=1', { intervalS: 90, refresher: 'uas' }],
    ['4294967295;refresher=uac', { intervalS: 4294967295, refresher: 'uac' }],
    ['4294967296', undefined],
    ['-1', undefined],
    ['1800;', undefined],
    ['', undefined],
    ['1800;refresher=proxy', { intervalS: 1800, refresher: undefined }],
  ])('%j', (value, expected) => {
    expect(sessionExpiresOf(invite(['x', value]))).toEqual(expected);
  });

  test('Min-SE takes parameters that nobody knows', () => {
    expect(minSeOf(invite(['Min-SE', '120;lr']))).toBe(120);
    expect(minSeOf(invite(['Min-SE', 'soon']))).toBeUndefined();
  });
});

/** @see RFC 4028 §9, table 2 */
describe('a UAS', () => {
  const timer = ['Supported', '100rel, Timer'] as const;
  test.each([
    ['a caller without timers and nobody who asks', [], ''],
    ['a proxy asks for a caller without timers', [['Session-Expires', '600']], 'Session-Expires: 600;refresher=uas'],
    [
      'a caller that leaves it open',
      [timer, ['Session-Expires', '600']],
      'Session-Expires: 600;refresher=uac | Require: timer',
    ],
    ['a caller that will', [timer, ['x', '600;refresher=uac']], 'Session-Expires: 600;refresher=uac | Require: timer'],
    ['a caller that wants us to', [timer, ['x', '600;refresher=uas']], 'Session-Expires: 600;refresher=uas'],
    ['a caller that only can', [timer], 'Session-Expires: 1800;refresher=uac | Require: timer'],
    ['a longer interval is shortened', [timer, ['x', '7200']], 'Session-Expires: 1800;refresher=uac | Require: timer'],
    [
      'not below its Min-SE',
      [timer, ['x', '7200'], ['Min-SE', '3600']],
      'Session-Expires: 3600;refresher=uac | Require: timer',
    ],
    [
      'a Min-SE above its interval does not lengthen it',
      [timer, ['x', '600'], ['Min-SE', '9999']],
      'Session-Expires: 600;refresher=uac | Require: timer',
    ],
    ['too small', [timer, ['x', '89']], '422 Min-SE: 90'],
    ['too small, of a proxy that nobody could tell', [['x', '60']], 'Session-Expires: 90;refresher=uas'],
  ] as const)('%s', (_, fields, expected) => {
    expect(said(invite(...fields))).toBe(expected);
  });

  test('its own policy: a higher minimum, and that it refreshes', () => {
    const policy = { intervalS: 600, leastS: 300, refresher: 'we' } as const;
    expect(said(invite(timer, ['x', '299']), policy)).toBe('422 Min-SE: 300');
    expect(said(invite(timer, ['x', '900']), policy)).toBe('Session-Expires: 600;refresher=uas');
  });

  test('a refresh that leaves it open keeps the refresher; a peer that no longer can is refreshed by us', () => {
    const weRefresh = { intervalS: 600, weRefresh: true };
    expect(answerTimer(invite(timer), POLICY, weRefresh)).toMatchObject({ terms: { weRefresh: true } });
    expect(answerTimer(invite(timer), POLICY, { ...weRefresh, weRefresh: false })).toMatchObject({
      terms: { weRefresh: false },
    });
    expect(answerTimer(invite(), POLICY, { ...weRefresh, weRefresh: false })).toMatchObject({
      terms: { weRefresh: true },
    });
  });
});

describe('a UAC', () => {
  const values = (headers: readonly SipHeader[]): string => headers.map(({ value }) => value).join(' | ');

  test('asks first without a word on who refreshes, later with the roles of this request', () => {
    expect(values(timerRequestHeaders(POLICY, undefined, 90))).toBe('1800');
    expect(values(timerRequestHeaders(POLICY, { intervalS: 600, weRefresh: true }, 90))).toBe('600;refresher=uac');
    expect(values(timerRequestHeaders(POLICY, { intervalS: 600, weRefresh: false }, 90))).toBe('600;refresher=uas');
  });

  test('after a 422 it asks for at least what that names, and says so', () => {
    const refused = createResponse(invite(), { statusCode: 422, headers: [{ name: 'Min-SE', value: '3600' }] });
    const leastS = leastAfterRefusal(refused, 90);
    expect(values(timerRequestHeaders(POLICY, undefined, leastS ?? 0))).toBe('3600 | 3600');
    expect(leastAfterRefusal(refused, 3600)).toBeUndefined();
    expect(leastAfterRefusal(createResponse(invite(), { statusCode: 422 }), 90)).toBeUndefined();
  });

  test.each([
    ['600;refresher=uac', { intervalS: 600, weRefresh: true }],
    ['600;refresher=uas', { intervalS: 600, weRefresh: false }],
    ['600', { intervalS: 600, weRefresh: true }],
    ['1;refresher=uac', { intervalS: 90, weRefresh: true }],
  ])('takes %s', (value, terms) => {
    const answer = createResponse(invite(), { statusCode: 200, headers: [{ name: 'Session-Expires', value }] });
    expect(termsOf(answer)).toEqual(terms);
  });

  test('no Session-Expires in the 2xx: no timer', () => {
    const answer = createResponse(invite(['Session-Expires', '600']), { statusCode: 200 });
    expect([header(answer, 'Session-Expires'), termsOf(answer)]).toEqual([undefined, undefined]);
  });
});

test.each([
  [90, 45, 60],
  [96, 48, 64],
  [1800, 900, 1768],
])('an interval of %i s is refreshed after %i s and given up after %i s', (intervalS, refreshS, hangUpS) => {
  const terms = { intervalS, weRefresh: true };
  expect([refreshAfterS(terms), hangUpAfterS(terms)]).toEqual([refreshS, hangUpS]);
});
