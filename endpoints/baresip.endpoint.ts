import { endpoint } from '@plugfest/certify';
import { baresip } from '@plugfest/scenario';

export default endpoint({
  name: 'baresip',
  vendor: 'baresip.org',
  version: 'as installed',
  participant: baresip({ name: 'baresip', uri: 'sip:subject@conference.corp.example' }),
});
