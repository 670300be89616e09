import { endpoint } from '@plugfest/certify';
import { skype } from '@plugfest/scenario';

export default endpoint({
  name: 'Skype desktop, simulated',
  vendor: 'Plugfest',
  version: '7.0.0.102',
  participant: skype({ name: 'Skype desktop, simulated', uri: 'sip:sofia@skype.example' }),
});
