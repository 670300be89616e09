import { fileURLToPath } from 'node:url';
import { endpoint } from '@plugfest/certify';
import { external } from '@plugfest/scenario';

/** Who is certified. `./plugfest certify --endpoint <this file> --suite sip-room` */
export default endpoint({
  name: 'NAME_OF_THE_ENDPOINT',
  vendor: 'your company',
  version: '1.0',
  participant: external(
    { name: 'NAME_OF_THE_ENDPOINT', uri: 'sip:subject@conference.corp.example' },
    { form: 'command', command: [process.execPath, fileURLToPath(new URL('./phone.ts', import.meta.url))] },
  ),
  // What it cannot do stands on the first page of its certificate, with the reason.
  unsupported: {},
});
