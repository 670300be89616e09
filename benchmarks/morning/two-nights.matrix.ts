import { aRealConference, defineMatrix, sipRoom, tcpRoom, wrtc } from '@plugfest/scenario';

const CAST = { 'sip-room': sipRoom, 'tcp-room': tcpRoom, wrtc } as const;

/** Small enough for two nights in a few minutes: real rooms and libwebrtc, through the real bridge. */
export default defineMatrix({
  title: 'Two nights',
  axes: { first: ['sip-room', 'tcp-room'], second: ['wrtc', 'tcp-room'] },
  secondsPerRow: 10,
  scenario: ({ first, second }) => ({
    title: `${first} and ${second}`,
    participants: {
      first: CAST[first]({ name: `${first} (first)`, uri: 'sip:first@conference.corp.example', look: 1 }),
      second: CAST[second]({ name: `${second} (second)`, uri: 'sip:second@conference.corp.example', look: 2 }),
    },
    async steps({ everyone, measure }) {
      await everyone.joins();
      await everyone.receivesMedia();
      await everyone.isShownToEveryone();
      await measure({ seconds: 2 });
      await everyone.hangsUp();
    },
    expects: aRealConference({ frameRate: 12 }),
  }),
});
