import { endpoint } from '@plugfest/certify';
import { sipRoom } from '@plugfest/scenario';

export default endpoint({
  name: 'Plugfest’s own SIP room',
  vendor: 'Plugfest',
  version: 'as installed',
  participant: sipRoom({ name: 'Plugfest’s own SIP room', uri: 'sip:subject@conference.corp.example' }),
});
