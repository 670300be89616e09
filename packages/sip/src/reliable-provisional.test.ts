import { describe, expect, test } from 'vitest';
import { createRequest, createResponse } from './create-message.ts';
import { GLARE, glareOf, glarePauseMs, type OfferState } from './offer-state.ts';
import {
  firstReliableNumber,
  formatRAck,
  orderOfReliable,
  parseRAck,
  reliableNumberOf,
} from './reliable-provisional.ts';

describe('RFC 3262', () => {
  test('RAck is read and written; what is none is not', () => {
    expect(parseRAck(' 776656   1 INVITE ')).toEqual({ responseNumber: 776656, sequence: 1, method: 'INVITE' });
    expect(formatRAck({ responseNumber: 1, sequence: 2, method: 'INVITE' })).toBe('1 2 INVITE');
    for (const wrong of ['', '1 INVITE', '1 2', '-1 2 INVITE', '4294967296 1 INVITE', '1 2 INVITE x', '1e3 2 INVITE'])
      expect(parseRAck(wrong), wrong).toBeUndefined();
  });

  test.each([
    [183, '100rel', '1', 1],
    [183, '100REL', '4294967295', 4294967295],
    [183, undefined, '1', undefined],
    [183, '100rel', '0', undefined],
    [183, '100rel', '4294967296', undefined],
    [100, '100rel', '1', undefined],
    [200, '100rel', '1', undefined],
  ])('%i with Require %s and RSeq %s: %s', (statusCode, require, rseq, expected) => {
    const request = createRequest({
      method: 'INVITE',
      uri: 'sip:a@b',
      from: '<sip:c@d>',
      to: '<sip:a@b>',
      callId: '1',
      sequence: 1,
    });
    const headers = [{ name: 'RSeq', value: rseq }, ...(require ? [{ name: 'Require', value: require }] : [])];
    expect(reliableNumberOf(createResponse(request, { statusCode, headers }))).toBe(expected);
  });

  test('responses are taken in order, each once', () => {
    expect([undefined, 5, 6, 7, 8].map((last) => orderOfReliable(last, 7))).toEqual([
      'next',
      'early',
      'next',
      'repeated',
      'repeated',
    ]);
    expect([firstReliableNumber(0), firstReliableNumber(0.999999999999)]).toEqual([1, 2 ** 31 - 2]);
  });
});

describe('glare', () => {
  const at = (state: Partial<OfferState>): OfferState => ({
    pendingOffer: undefined,
    inviting: false,
    answering: false,
    ...state,
  });

  test.each([
    ['invite', {}, undefined],
    ['invite', { inviting: true }, 491],
    ['invite', { answering: true }, 500],
    ['invite', { pendingOffer: 'ours' }, 491],
    ['update-with-offer', { inviting: true }, undefined],
    ['update-with-offer', { pendingOffer: 'ours', inviting: true }, 491],
    ['update-with-offer', { pendingOffer: 'theirs' }, 500],
    ['update', { pendingOffer: 'ours', inviting: true, answering: true }, undefined],
  ] as const)('%s at %o: %s', (proposal, state, expected) => {
    expect(glareOf(proposal, at(state))).toBe(expected);
  });

  test('every row names its section, and the bands do not overlap', () => {
    expect(GLARE.every(({ section }) => /^RFC \d+ §/.test(section))).toBe(true);
    expect([glarePauseMs(true, 0), glarePauseMs(true, 0.9999)]).toEqual([2100, 4000]);
    expect([glarePauseMs(false, 0), glarePauseMs(false, 0.9999)]).toEqual([0, 2000]);
  });
});
