import { createContext, Script } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scenario } from '../definition.ts';
import { everyoneJoins, timestampsGoOn } from '../expectations.ts';
import { sipRoom, wrtc } from '../participants.ts';
import { formatScenarioFile } from './format-scenario-file.ts';
import { recordScript } from './record-script.ts';
import { definitionOf, type ScriptedScenario } from './scripted-scenario.ts';

const story = scenario({
  title: 'A story',
  story: "In which “something” is 'quoted'",
  conference: { layout: 'one-plus-five' },
  participants: {
    room: sipRoom({ name: 'Room', uri: 'sip:room@conference.example' }),
    webClient: { ...wrtc({ name: 'Web', uri: 'sip:web@conference.example' }), network: 'lte' },
  },
  async steps({ everyone, participants: { room, webClient }, conference, measure }) {
    await Promise.all([everyone.joins(), everyone.receivesMedia()]);
    await room.holds({ seconds: 2 });
    await webClient.switchesView({ layout: null, selfView: true });
    await conference.putsInSpotlight('room', 'webClient');
    await measure({ seconds: 3 });
  },
  expects: [everyoneJoins(), timestampsGoOn({ participants: ['room'] })],
});

/** What a scenario file exports, without the packages around it. */
function exported(source: string): ScriptedScenario {
  const program = source.replace(/^import .*$/m, '').replace('export default ', 'result = ');
  const context = createContext({ scenario: (definition: unknown) => definition, result: undefined });
  new Script(program).runInContext(context);
  return context.result as ScriptedScenario;
}

describe('a story as a list', () => {
  test('is written down in the order of its calls, with what they were called with', async () => {
    const { steps } = await recordScript(story, false);
    expect(steps.map(({ of, id, does }) => [of, id, does].filter(Boolean).join('.'))).toEqual([
      'everyone.joins',
      'everyone.receivesMedia',
      'participants.room.holds',
      'participants.webClient.switchesView',
      'conference.putsInSpotlight',
      'stage.measure',
    ]);
    expect(steps[2]?.with).toEqual([{ seconds: 2 }]);
  });

  test('tells the same story again, also from the file that is written of it', async () => {
    const script = await recordScript(story, false);
    expect(await recordScript(definitionOf(script), false)).toEqual(script);
    const again = exported(formatScenarioFile(script)) as unknown as typeof story;
    // What comes from another realm has other prototypes.
    const plain = JSON.parse(JSON.stringify(await recordScript(again, false)));
    expect(plain).toEqual(JSON.parse(JSON.stringify(script)));
  });

  test('keeps any text as text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (title) => {
        const script: ScriptedScenario = {
          title,
          story: title,
          participants: {},
          peers: {},
          sabotage: [title],
          steps: [],
          expects: [],
        };
        expect(exported(formatScenarioFile(script))).toMatchObject({ title, sabotage: [title] });
      }),
    );
  });
});
