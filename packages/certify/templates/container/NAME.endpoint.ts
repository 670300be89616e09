import { endpoint } from '@plugfest/certify';
import { external } from '@plugfest/scenario';

/** A container: `docker build -t NAME_OF_THE_IMAGE .`, then `./plugfest certify --endpoint <this file> --suite sip-room` */
export default endpoint({
  name: 'NAME_OF_THE_ENDPOINT',
  vendor: 'your company',
  version: '1.0',
  participant: external(
    { name: 'NAME_OF_THE_ENDPOINT', uri: 'sip:subject@conference.corp.example' },
    { form: 'container', image: 'NAME_OF_THE_IMAGE' },
  ),
  unsupported: {},
});
