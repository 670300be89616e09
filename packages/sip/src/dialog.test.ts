import { describe, expect, test } from 'vitest';
import {
  confirmDialog,
  createInDialogRequest,
  createRequest,
  createResponse,
  createUacDialog,
  createUasDialog,
  header,
  headers,
  receiveInDialog,
  type SipRequest,
} from './index.ts';

const INVITE = createRequest({
  method: 'INVITE',
  uri: 'sip:bob@b.example',
  from: '"A" <sip:alice@a.example>;tag=a1',
  to: '<sip:bob@b.example>',
  callId: 'c1',
  sequence: 7,
  headers: [
    { name: 'Record-Route', value: '<sip:p2;lr>, <sip:p1;lr>' },
    { name: 'Contact', value: '<sip:alice@192.0.2.1:5070>' },
  ],
});
const OK = createResponse(INVITE, {
  statusCode: 200,
  toTag: 'b1',
  headers: [{ name: 'Contact', value: '<sip:bob@192.0.2.2>' }],
});

describe('dialogs', () => {
  test('both sides see the same call from their own end', () => {
    const caller = createUacDialog(INVITE, OK);
    const callee = createUasDialog(INVITE, 'b1');
    expect(caller).toMatchObject({
      localTag: 'a1',
      remoteTag: 'b1',
      remoteTarget: 'sip:bob@192.0.2.2',
      routeSet: ['<sip:p1;lr>', '<sip:p2;lr>'],
    });
    expect(callee).toMatchObject({
      localTag: 'b1',
      remoteTag: 'a1',
      remoteTarget: 'sip:alice@192.0.2.1:5070',
      routeSet: ['<sip:p2;lr>', '<sip:p1;lr>'],
    });
    expect(callee.local).toBe('<sip:bob@b.example>;tag=b1');
  });

  test('requests within the dialog: CSeq rises, ACK takes that of its INVITE, Route is the route set', () => {
    const { request, dialog } = createInDialogRequest(createUacDialog(INVITE, OK), { method: 'BYE' });
    expect([request.uri, header(request, 'CSeq'), headers(request, 'Route')]).toEqual([
      'sip:bob@192.0.2.2',
      '8 BYE',
      ['<sip:p1;lr>', '<sip:p2;lr>'],
    ]);
    const ack = createInDialogRequest(dialog, { method: 'ACK', sequence: 7 });
    expect([header(ack.request, 'CSeq'), ack.dialog.localSequence]).toEqual(['7 ACK', 8]);
  });

  test('a strict router gets its own URI as Request-URI', () => {
    const strict = { ...createUacDialog(INVITE, OK), routeSet: ['<sip:p1>', '<sip:p2;lr>'] };
    const { request } = createInDialogRequest(strict, { method: 'BYE' });
    expect([request.uri, headers(request, 'Route')]).toEqual(['sip:p1', ['<sip:p2;lr>', '<sip:bob@192.0.2.2>']]);
  });

  test('CSeq must rise; only target refreshes move the target', () => {
    const callee = createUasDialog(INVITE, 'b1');
    const incoming = (method: string, sequence: number): SipRequest =>
      createRequest({
        method,
        uri: 'sip:b',
        from: 'x',
        to: 'y',
        callId: 'c1',
        sequence,
        headers: [{ name: 'Contact', value: '<sip:new@n>' }],
      });
    expect(receiveInDialog(callee, incoming('BYE', 7))).toBeUndefined();
    expect(receiveInDialog(callee, incoming('INFO', 8))).toMatchObject({
      remoteSequence: 8,
      remoteTarget: 'sip:alice@192.0.2.1:5070',
    });
    expect(receiveInDialog(callee, incoming('INVITE', 9))).toMatchObject({
      remoteSequence: 9,
      remoteTarget: 'sip:new@n',
    });
  });

  test('an early dialog takes route set and target of the 2xx', () => {
    const ringing = createResponse(INVITE, { statusCode: 180, toTag: 'b1' });
    const early = createUacDialog(INVITE, {
      ...ringing,
      headers: ringing.headers.filter(({ name }) => name !== 'Record-Route'),
    });
    expect(early).toMatchObject({ early: true, routeSet: [], remoteTarget: 'sip:bob@b.example' });
    expect(confirmDialog(early, OK)).toMatchObject({
      early: false,
      routeSet: ['<sip:p1;lr>', '<sip:p2;lr>'],
      remoteTarget: 'sip:bob@192.0.2.2',
    });
  });
});
