import type { Check } from '@plugfest/model';
import { expect, test } from 'vitest';
import { commentsOf } from './comment-packets.ts';

function check(id: string, ...notes: readonly [file: string, note?: string][]): Check {
  return { id, verdict: 'fail', evidence: notes.map(([file, note]) => ({ file, note })) } as Check;
}

test('packets that checks refer to are told which; other evidence is no packet', () => {
  const recording = 'captures/run.pcapng';
  const comments = commentsOf([
    check('rtp-timeline:a', [recording, 'packet 12, SSRC 0x00000001'], [recording, 'packet 15']),
    check('event-clock:a', [recording, 'packet 12, SSRC 0x00000001'], [recording, 'RTP of a'], [recording]),
    check('joins:a', ['events.jsonl', 'packet 3']),
  ]);
  expect([...comments]).toEqual([
    [12, ['check rtp-timeline:a: fail', 'check event-clock:a: fail']],
    [15, ['check rtp-timeline:a: fail']],
  ]);
});
