import { aDeviceConference, scenario, wrtc } from '@plugfest/scenario';
import subject from './NAME.endpoint.ts';

/** The quickest try, at a terminal: `./plugfest run <this file>` */
export default scenario({
  title: 'NAME_OF_THE_ENDPOINT and a WebRTC client',
  participants: {
    subject: { ...subject.participant, look: 1 },
    partner: wrtc({ name: 'Partner', uri: 'sip:partner@conference.corp.example', look: 2 }),
  },
  async steps({ everyone, measure }) {
    await everyone.joins();
    await everyone.receivesMedia();
    await measure({ seconds: 3 });
    await everyone.hangsUp();
  },
  expects: aDeviceConference(),
});
