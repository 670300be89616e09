import { endpoint } from '@plugfest/certify';
import { external } from '@plugfest/scenario';

/** Hardware: whoever sits at the terminal is told what to dial and to press. `./plugfest certify --endpoint <this file> --suite sip-audio-phone` */
export default endpoint({
  name: 'NAME_OF_THE_ENDPOINT',
  vendor: 'your company',
  version: '1.0',
  participant: external(
    { name: 'NAME_OF_THE_ENDPOINT', uri: 'sip:subject@conference.corp.example' },
    {
      form: 'device',
      // `is-called`, with `uri: 'sip:room@192.0.2.20:5060'`: the conference calls it.
      direction: 'calls',
      // Address of this machine in the device's network.
      host: '127.0.0.1',
      timeLimitS: 120,
    },
  ),
  unsupported: {},
});
