import { VirtualClock } from '@plugfest/model';
import { REQUESTED_SOURCES, type VideoSourceRequest } from '@plugfest/rtp';
import { describe, expect, it } from 'vitest';
import { VideoGate } from './video-gate.ts';

function gateOf(patienceMs: number | undefined) {
  const clock = new VirtualClock();
  let opened = 0;
  const gate = new VideoGate({ clock, patienceMs, onOpen: () => opened++ });
  return { clock, gate, opened: () => opened };
}

function request(requestId: number, requestedSource: number, keyFrame = false): VideoSourceRequest {
  return {
    type: 'video-source-request',
    senderSsrc: 1,
    mediaSsrc: 2,
    requestedSource,
    requestId,
    keyFrame,
    entries: [],
  };
}

describe('a Lync client’s picture', () => {
  it('is sent when it was asked for, and no more when nobody watches', () => {
    const { gate, opened } = gateOf(3000);
    expect(gate.isOpen).toBe(false);
    gate.take(request(1, REQUESTED_SOURCES.any));
    expect([gate.isOpen, opened()]).toEqual([true, 1]);
    gate.take(request(1, REQUESTED_SOURCES.none));
    expect(gate.isOpen).toBe(true);
    gate.take(request(2, REQUESTED_SOURCES.none));
    expect(gate.isOpen).toBe(false);
    gate.take(request(3, 77));
    expect([gate.isOpen, opened()]).toEqual([true, 2]);
  });

  it('begins anew with a key frame where one is asked for, once a request', () => {
    const { gate, opened } = gateOf(3000);
    for (const id of [1, 2, 2]) gate.take(request(id, REQUESTED_SOURCES.any, true));
    expect(opened()).toBe(2);
  });

  it('is sent unasked to who does not know how to ask, and to nobody who said that it does not watch', () => {
    const patient = gateOf(3000);
    patient.clock.advanceMs(2999);
    expect(patient.gate.isOpen).toBe(false);
    patient.clock.advanceMs(1);
    expect([patient.gate.isOpen, patient.opened()]).toEqual([true, 1]);
    const told = gateOf(3000);
    told.gate.take(request(1, REQUESTED_SOURCES.none));
    told.clock.advanceMs(10_000);
    expect(told.gate.isOpen).toBe(false);
    expect(gateOf(undefined).gate.isOpen).toBe(true);
  });
});
