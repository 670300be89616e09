import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@plugfest/model';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BarrierTimeout, EventLog, readEvents } from './event-log.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plugfest-events-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the event log', () => {
  it('has each event on disk at once', () => {
    const path = join(directory, 'events.jsonl');
    const log = new EventLog(path, new VirtualClock(7));
    log.emit('participant.joined', 'skype', { codec: 'h264' });
    expect(readEvents(path)).toEqual([
      { atUs: 7, type: 'participant.joined', participant: 'skype', data: { codec: 'h264' } },
    ]);
    log.close();
  });

  it('is read up to where it was cut, at every byte', () => {
    const path = join(directory, 'events.jsonl');
    const log = new EventLog(path, new VirtualClock());
    for (const type of ['one', 'two', 'three']) log.emit(type);
    log.close();
    const whole = readFileSync(path);
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const types = readEvents(path).map(({ type }) => type);
      expect(types).toEqual(['one', 'two', 'three'].slice(0, types.length));
    }
  });

  it('keeps a peer’s line breaks inside one line', () => {
    const path = join(directory, 'events.jsonl');
    const log = new EventLog(path, new VirtualClock());
    log.emit('participant.joined', 'skype', { name: 'a\r\n{"type":"forged","atUs":1}' });
    log.close();
    expect(readEvents(path)).toHaveLength(1);
    appendFileSync(path, 'not json\n');
    expect(readEvents(path)).toHaveLength(1);
  });

  it('releases a barrier as soon as its state holds, and names what was waited for when time is up', async () => {
    const clock = new VirtualClock();
    const log = new EventLog(join(directory, 'events.jsonl'), clock);
    const joined = log.until('skype joins', (events) => events.some(({ type }) => type === 'joined'), 1000);
    log.emit('joined');
    await joined;
    const never = log.until('pigs fly', () => false, 1000);
    clock.advanceMs(1001);
    await expect(never).rejects.toThrow(BarrierTimeout);
    await expect(never).rejects.toThrow('pigs fly');
    expect(clock.pending).toBe(0);
    log.close();
  });

  it('gives a barrier up when the run is aborted', async () => {
    const log = new EventLog(join(directory, 'events.jsonl'), new VirtualClock());
    const controller = new AbortController();
    const waiting = log.until('x', () => false, 1000, controller.signal);
    controller.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow('interrupted');
    log.close();
  });
});
