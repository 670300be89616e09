import { aRealConference, scenario, sipRoom, wrtc } from '@plugfest/scenario';

export default scenario({
  title: 'Each its own view',
  story:
    'Two SIP rooms and a libwebrtc client. One room asks the bridge for a layout of its own, another one to see itself too, and the host puts somebody into the spotlight: everybody still sees and hears everybody.',
  conference: { layout: 'equal-2x2' },
  participants: {
    board: sipRoom({ name: 'Board room', uri: 'sip:board@conference.corp.example', look: 1 }),
    lab: sipRoom({ name: 'Lab', uri: 'sip:lab@conference.corp.example', look: 2 }),
    walter: wrtc({ name: 'Walter', uri: 'sip:walter@conference.corp.example', look: 0 }),
  },
  async steps({ everyone, participants, conference, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await conference.putsInSpotlight('walter');
    await participants.board.switchesView({ layout: 'one-plus-five' });
    await participants.lab.switchesView({ selfView: true });
    await measure({ seconds: 6 });
    await everyone.hangsUp();
  },
  expects: aRealConference({ frameRate: 12 }),
});
