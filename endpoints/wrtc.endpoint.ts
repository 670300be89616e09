import { endpoint } from '@plugfest/certify';
import { wrtc } from '@plugfest/scenario';

export default endpoint({
  name: 'libwebrtc in Node',
  vendor: 'wrtc',
  version: 'as installed',
  participant: wrtc({ name: 'libwebrtc in Node', uri: 'sip:subject@conference.corp.example' }),
});
