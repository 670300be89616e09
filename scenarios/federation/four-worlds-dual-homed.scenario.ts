import { scenario } from '@plugfest/scenario';
import fourWorlds from '../conference/four-worlds.scenario.ts';
import { corpAndSkype } from './corp-and-skype.ts';

/** Option (a) of the records; `conference/four-worlds` is option (b). */
export default scenario({
  ...fourWorlds,
  title: 'Four worlds in a conference with two homes: Lync’s AVMCU and the bridge',
  story:
    'Anna’s conference has a home in Lync, too. Her Lync, Marco’s phone and Sofia’s Skype call the AVMCU of corp.example, which carries each of them on to the bridge from ' +
    'the conference’s audio-video address; the board room calls the bridge. Each sees and hears all the others.',
  federation: { ...corpAndSkype, skypePath: 'dual-homed' },
});
