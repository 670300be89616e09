import { describe, expect, test } from 'vitest';
import { createRequest } from './create-message.ts';
import type { SipRequest } from './message.ts';
import { referralOf, sipFragment } from './referral.ts';
import { parseReplaces, replacesOf } from './replaces.ts';

function refer(...fields: readonly (readonly [string, string])[]): SipRequest {
  const headers = fields.map(([name, value]) => ({ name, value }));
  return createRequest({
    method: 'REFER',
    uri: 'sip:b',
    from: '<sip:a>',
    to: '<sip:b>',
    callId: '1',
    sequence: 2,
    headers,
  });
}

describe('REFER', () => {
  test.each([
    ['<sip:c@corp.example;transport=tcp>', 'sip:c@corp.example;transport=tcp'],
    ['sip:c@corp.example;method=invite', 'sip:c@corp.example'],
    ['"C" <sips:c@corp.example;method=INVITE;lr?Route=%3Csip:evil.example%3E&Subject=x>', 'sips:c@corp.example;lr'],
  ])('%s asks for a call to %s', (value, targetUri) => {
    expect(referralOf(refer(['r', value]))).toEqual({ targetUri, headers: [], isSilent: false });
  });

  test('Replaces, Referred-By and Refer-Sub', () => {
    const request = refer(
      ['Refer-To', '<sip:c@corp.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>'],
      ['Referred-By', '<sip:boss@corp.example>;cid="x@y"'],
      ['Refer-Sub', 'False;x'],
    );
    expect(referralOf(request)).toEqual({
      targetUri: 'sip:c@corp.example',
      headers: [
        { name: 'Replaces', value: 'a@b;to-tag=1;from-tag=2' },
        { name: 'Require', value: 'replaces' },
        { name: 'Referred-By', value: '<sip:boss@corp.example>;cid="x@y"' },
      ],
      isSilent: true,
    });
  });

  test.each<[string, (readonly [string, string])[], number]>([
    ['no target', [], 400],
    [
      'two targets',
      [
        ['Refer-To', '<sip:c@d>'],
        ['Refer-To', '<sip:e@f>'],
      ],
      400,
    ],
    ['two targets in one line', [['Refer-To', '<sip:c@d>, <sip:e@f>']], 400],
    ['a broken target', [['Refer-To', '<sip:c@d']], 400],
    ['a file', [['Refer-To', '<file:///etc/passwd>']], 403],
    ['a page', [['Refer-To', '<http://127.0.0.1:8080/>']], 403],
    ['another method', [['Refer-To', '<sip:c@d;method=BYE>']], 403],
    ['a broken Replaces', [['Refer-To', '<sip:c@d?Replaces=x>']], 400],
    [
      'line breaks in its Replaces',
      [['Refer-To', '<sip:c@d?Replaces=x%0D%0AVia%3A%20y%3Bto-tag%3D1%3Bfrom-tag%3D2>']],
      400,
    ],
    ['line breaks behind the tags', [['Refer-To', '<sip:c@d?Replaces=x%3Bto-tag%3D1%3Bfrom-tag%3D2%0D%0AVia:x>']], 400],
    [
      'two who sent it',
      [
        ['Refer-To', '<sip:c@d>'],
        ['b', '<sip:x@y>'],
        ['b', '<sip:z@y>'],
      ],
      400,
    ],
  ])('with %s is refused', (_, fields, statusCode) => {
    expect(referralOf(refer(...fields))).toMatchObject({ statusCode });
  });

  test('the fragment of a NOTIFY', () => {
    expect(Buffer.from(sipFragment(180).body).toString()).toBe('SIP/2.0 180 Ringing\r\n');
  });
});

describe('Replaces', () => {
  test.each([
    [
      '98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff',
      { callId: '98732@sip.example.com', toTag: 'ff87ff', fromTag: 'r33th4x0r', earlyOnly: false },
    ],
    [
      '12adf2f34456gs5;to-tag=12345;from-tag=54321;early-only',
      { callId: '12adf2f34456gs5', toTag: '12345', fromTag: '54321', earlyOnly: true },
    ],
    ['a;to-tag=0;from-tag=0', { callId: 'a', toTag: '0', fromTag: '0', earlyOnly: false }],
    ['a;to-tag=1', undefined],
    [';to-tag=1;from-tag=2', undefined],
    ['a b;to-tag=1;from-tag=2', undefined],
    ['', undefined],
  ])('%s', (value, expected) => {
    expect(parseReplaces(value)).toEqual(expected);
  });

  test('several, or with Join: 400', () => {
    const one = ['Replaces', 'a;to-tag=1;from-tag=2'] as const;
    expect(replacesOf(refer(one))).toMatchObject({ callId: 'a' });
    expect(replacesOf(refer(one, one))).toBe('bad');
    expect(replacesOf(refer(one, ['Join', 'a;to-tag=1;from-tag=2']))).toBe('bad');
    expect(replacesOf(refer())).toBeUndefined();
  });
});
