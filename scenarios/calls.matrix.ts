import {
  type Actor,
  ciscoRoom,
  defineMatrix,
  everyoneJoins,
  everyoneSeesEveryone,
  keysRunOnTheirClock,
  type ParticipantSpec,
  picturesArePacketizedAsAgreed,
  sipRoom,
  tcpRoom,
  timestampsGoOn,
  wrtc,
} from '@plugfest/scenario';

/** What a room does to its call while it stands. */
const DEEDS: Readonly<Record<string, (room: Actor) => Promise<void>>> = {
  nothing: async () => {},
  'offers anew': (room) => room.renegotiates(),
  'holds and resumes': async (room) => {
    await room.holds({ seconds: 2 });
    await room.resumes();
  },
  'presses keys': (room) => room.pressesKeys('12'),
};

const ROOMS: Readonly<Record<string, (person: { name: string; uri: string; look: number }) => ParticipantSpec>> = {
  'sip-room': sipRoom,
  'tcp-room': tcpRoom,
  'cisco-room': ciscoRoom,
};

export default defineMatrix({
  title: 'What rooms do to their calls',
  axes: {
    room: Object.keys(ROOMS),
    first: Object.keys(DEEDS),
    next: Object.keys(DEEDS),
    network: ['perfect', 'wifi'],
  },
  heatMap: ['first', 'next'],
  secondsPerRow: 8,
  scenario: ({ room, first, next, network }) => ({
    title: `${room} ${first}, then ${next}, ${network}`,
    story: `A ${room} in conference with a WebRTC client ${first}, then ${next}; its network is ${network}.`,
    participants: {
      room: {
        ...(ROOMS[room] as typeof sipRoom)({ name: room, uri: 'sip:room@conference.corp.example', look: 1 }),
        ...(network === 'perfect' ? {} : { network }),
      },
      webrtc: wrtc({ name: 'Walter (wrtc)', uri: 'sip:walter@conference.corp.example', look: 2 }),
      second: sipRoom({ name: 'Second room', uri: 'sip:second@conference.corp.example', look: 3 }),
    },
    async steps({ everyone, participants, measure }) {
      await everyone.joins();
      await everyone.receivesMedia();
      await everyone.isShownToEveryone();
      await DEEDS[first]?.(participants.room as Actor);
      await DEEDS[next]?.(participants.room as Actor);
      await measure({ seconds: 2 });
      await everyone.hangsUp();
    },
    expects: [
      everyoneJoins(),
      everyoneSeesEveryone(),
      timestampsGoOn(),
      picturesArePacketizedAsAgreed(),
      // Where nobody presses a key there is nothing to judge.
      keysRunOnTheirClock({ level: [first, next].includes('presses keys') ? 'must' : 'should' }),
    ],
  }),
});
