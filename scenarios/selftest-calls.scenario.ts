import {
  aRealConference,
  keysRunOnTheirClock,
  picturesArePacketizedAsAgreed,
  scenario,
  sipRoom,
  timestampsGoOn,
  wrtc,
} from '@plugfest/scenario';

/** What a room does to its call must leave its packets as they were agreed. */
export const packetsAreAsAgreed = [timestampsGoOn(), picturesArePacketizedAsAgreed(), keysRunOnTheirClock()];

export default scenario({
  title: 'A call that is not left alone',
  story:
    'A room offers anew, holds and resumes, and presses keys: on it `plugfest selftest` breaks what can go wrong there.',
  participants: {
    webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
    room: sipRoom({ name: 'Seminar room', uri: 'sip:seminar@conference.corp.example', look: 1 }),
  },
  async steps({ everyone, participants: { room }, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await everyone.isShownToEveryone();
    await room.renegotiates();
    await room.holds({ seconds: 2 });
    await room.resumes();
    await room.pressesKeys('12');
    await measure({ seconds: 2 });
    await everyone.hangsUp();
  },
  expects: [...aRealConference({ frameRate: 12 }), ...packetsAreAsAgreed],
});
