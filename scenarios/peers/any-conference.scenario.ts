import {
  capturesAreWhole,
  everyoneHearsEveryone,
  everyoneJoins,
  everyoneSeesEveryone,
  frameRateAtLeast,
  lipsAndVoiceAgree,
  nobodyHearsThemselves,
  nothingFreezes,
  packetsArrive,
  picturesAreClear,
  picturesAreRecent,
  scenario,
  sipRoom,
  soundIsRecent,
} from '@plugfest/scenario';

export default scenario({
  title: 'Two SIP rooms in anybody’s conference',
  story:
    'What can be measured from outside, of a bridge of which nothing is known but its address (`--bridge sip:room@127.0.0.1:5060`): two rooms call, look and listen. ' +
    'Who is shown where is read from the pictures; where the bridge meant to show it, nobody knows, so nothing is said of that.',
  participants: {
    left: sipRoom({ name: 'Left room', uri: 'sip:left@conference.corp.example' }),
    right: sipRoom({ name: 'Right room', uri: 'sip:right@conference.corp.example' }),
  },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await measure({ seconds: 4 });
    await everyone.hangsUp();
  },
  expects: [
    everyoneJoins(),
    capturesAreWhole(),
    everyoneSeesEveryone(),
    everyoneHearsEveryone(),
    nobodyHearsThemselves(),
    frameRateAtLeast(12),
    nothingFreezes(),
    picturesAreRecent(),
    soundIsRecent(),
    lipsAndVoiceAgree(),
    packetsArrive(),
    picturesAreClear(),
  ],
});
