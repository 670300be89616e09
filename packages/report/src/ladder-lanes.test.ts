import { describe, expect, test } from 'vitest';
import { lanesOf } from './ladder-lanes.ts';

const hop = (from: string, to: string) => ({ from, to });

describe('the lanes of the ladder', () => {
  const people = [
    { id: 'room', uri: 'sip:boardroom@conference.example' },
    { id: 'anna', uri: 'sip:Anna@Corp.example;transport=tls' },
    { id: 'sofia', uri: 'sip:sofia@skype.example' },
    { id: 'marco', uri: 'sip:marco@corp.example' },
  ];

  test('stand in the order that a message passes them, whoever spoke first', () => {
    const hops = [
      hop('bridge', 'room'),
      hop('sip.corp.example', 'bridge'),
      hop('pool.corp.example', 'bridge'),
      hop('anna', 'pool.corp.example'),
      hop('pool.corp.example', 'marco'),
      hop('sip.skype.example', 'sip.corp.example'),
      hop('pool.skype.example', 'sip.skype.example'),
      hop('sofia', 'pool.skype.example'),
    ];
    expect(lanesOf(hops, people)).toEqual([
      'sofia',
      'pool.skype.example',
      'sip.skype.example',
      'anna',
      'marco',
      'sip.corp.example',
      'pool.corp.example',
      'room',
      'bridge',
    ]);
  });

  test('also take in whom no plan names, and do without a bridge', () => {
    expect(lanesOf([hop('anna', '127.0.0.1:5060')], people)).toEqual(['anna', '127.0.0.1:5060']);
    expect(lanesOf([], people)).toEqual([]);
  });
});
