import { endpoint } from '@plugfest/certify';

export default endpoint({
  name: 'Plugfest’s reference bridge',
  vendor: 'Plugfest',
  version: 'as installed',
  bridge: 'reference',
});
