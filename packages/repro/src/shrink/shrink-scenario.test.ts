import { type ScriptedScenario, sipRoom, timestampsGoOn } from '@plugfest/scenario';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { partsOfMessages } from './parts-of-messages.ts';
import { type StillFails, shrinkScenario } from './shrink-scenario.ts';

const room = (name: string) => sipRoom({ name, uri: `sip:${name}@conference.example` });
const STORY: ScriptedScenario = {
  title: 'Long',
  story: '',
  conference: { layout: 'one-plus-five' },
  participants: {
    first: { ...room('first'), network: { sent: { lossRatio: 0.1, delayMs: 50 }, received: { jitterMs: 5 } } },
    secondRoom: room('second'),
    third: { ...room('third'), network: 'lte' },
  },
  peers: { options: { profile: 'sipsak-options' } },
  sabotage: ['second-room:timestamp-reset', 'third:mute'],
  steps: [
    { of: 'everyone', does: 'joins', with: [] },
    { of: 'everyone', does: 'receivesMedia', with: [] },
    { of: 'peers', id: 'options', does: 'runs', with: [] },
    { of: 'participants', id: 'third', does: 'pressesKeys', with: ['1'] },
    { of: 'participants', id: 'secondRoom', does: 'holds', with: [{ seconds: 4 }] },
    { of: 'participants', id: 'secondRoom', does: 'resumes', with: [] },
    { of: 'stage', does: 'measure', with: [{ seconds: 8 }] },
    { of: 'everyone', does: 'hangsUp', with: [] },
  ],
  expects: [timestampsGoOn()],
};
const names = ({ steps }: ScriptedScenario): string[] => steps.map(({ id, does }) => (id ? `${id}.${does}` : does));
/** As the planted bug behaves: who resumes and is measured for a second after a hold of at least one. */
const resets: StillFails = async ({ participants, steps, sabotage }) =>
  'secondRoom' in participants &&
  sabotage.includes('second-room:timestamp-reset') &&
  ['joins', 'secondRoom.holds', 'secondRoom.resumes', 'measure'].every(
    (name, i, all) => names({ steps } as ScriptedScenario).filter((one) => all.includes(one))[i] === name,
  ) &&
  steps.every(({ with: [first] }) => ((first as { seconds?: number })?.seconds ?? 9) >= 1);

describe('shrinking a scenario', () => {
  test('leaves what the failure needs, and nothing else', async () => {
    const { script, isMinimal } = await shrinkScenario(STORY, { stillFails: resets });
    expect(isMinimal).toBe(true);
    expect(Object.keys(script.participants)).toEqual(['secondRoom']);
    expect(names(script)).toEqual(['joins', 'secondRoom.holds', 'secondRoom.resumes', 'measure']);
    expect(script.steps.map(({ with: args }) => args)).toEqual([[], [{ seconds: 1 }], [], [{ seconds: 1 }]]);
    expect([script.sabotage, script.peers, script.conference]).toEqual([
      ['second-room:timestamp-reset'],
      {},
      undefined,
    ]);
    expect(await resets(script)).toBe(true);
  });

  test('leaves of a network what matters', async () => {
    const { script } = await shrinkScenario(STORY, {
      stillFails: async ({ participants: { first } }) =>
        typeof first?.network === 'object' && first.network.sent?.delayMs === 50,
    });
    expect(script.participants).toEqual({ first: { ...room('first'), network: { sent: { delayMs: 50 } } } });
    expect(script.steps).toEqual([]);
  });

  test('leaves of messages what matters', async () => {
    const said = { 'second-room': { headers: ['Allow', 'Supported'], sdpLines: ['a=x', 'a=y', 'a=z'] } };
    const { script } = await shrinkScenario(STORY, {
      more: [partsOfMessages(said)],
      stillFails: async ({ participants: { secondRoom } }) =>
        secondRoom !== undefined && !secondRoom.leavesOut?.sdpLines?.includes('a=y'),
    });
    expect(script.participants.secondRoom?.leavesOut).toEqual({
      headers: ['Allow', 'Supported'],
      sdpLines: ['a=x', 'a=z'],
    });
  });

  test('leaves of a captured call the messages and lines that matter', async () => {
    const said = (ours: boolean, ...lines: string[]) => ({
      atMs: 0,
      ours,
      lines: [...lines, '', 'v=0', 'a=x', 'a=y', ''],
    });
    const replay = {
      ...({ transport: 'udp', plays: 'caller', media: 'media.json' } as const),
      messages: [
        said(true, 'INVITE sip:a SIP/2.0', 'Via: v', 'Allow: INVITE', 'Subject: it', ' goes on', 'Supported: timer'),
        said(false, 'SIP/2.0 200 OK', 'Allow: INVITE'),
        said(true, 'BYE sip:a SIP/2.0', 'Via: v'),
      ],
    };
    const { script } = await shrinkScenario(
      { ...STORY, replay },
      {
        stillFails: async (one) => {
          const [first, second] = one.replay?.messages ?? [];
          const fails = (first?.lines.includes('Supported: timer') && first.lines.includes('a=y')) === true;
          return fails && second?.lines[0] === 'SIP/2.0 200 OK';
        },
      },
    );
    expect(script.replay).toEqual({
      ...{ transport: 'udp', plays: 'caller' },
      messages: [
        {
          atMs: 0,
          ours: true,
          lines: [
            'INVITE sip:a SIP/2.0',
            'Via: v',
            'Subject: it',
            ' goes on',
            'Supported: timer',
            '',
            'v=0',
            'a=y',
            '',
          ],
        },
        replay.messages[1],
      ],
    });
  });

  test('stops when the time is over, with the smallest so far', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 30 }), async (budget) => {
        let left = budget;
        let last = STORY;
        const { script, probes, isMinimal } = await shrinkScenario(STORY, {
          stillFails: async (candidate) => {
            if (left-- === 0) return undefined;
            const fails = (await resets(candidate)) === true;
            if (fails) last = candidate;
            return fails;
          },
        });
        expect(script).toEqual(last);
        expect(probes).toBeLessThanOrEqual(budget);
        expect(isMinimal || probes === budget).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('never asks for the same scenario twice', async () => {
    const asked: string[] = [];
    await shrinkScenario(STORY, {
      stillFails: async (candidate) => {
        asked.push(JSON.stringify(candidate));
        return resets(candidate);
      },
    });
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(80);
  });
});
