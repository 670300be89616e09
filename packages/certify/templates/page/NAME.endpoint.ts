import { fileURLToPath } from 'node:url';
import { endpoint } from '@plugfest/certify';
import { external } from '@plugfest/scenario';

/** A web page, operated by page-object.ts. `./plugfest certify --endpoint <this file> --suite webrtc-client` */
export default endpoint({
  name: 'NAME_OF_THE_ENDPOINT',
  vendor: 'your company',
  version: '1.0',
  participant: external(
    { name: 'NAME_OF_THE_ENDPOINT', uri: 'sip:subject@conference.corp.example' },
    {
      form: 'page',
      // Yours: https://meet.your-company.example/
      url: new URL('./page.html', import.meta.url).href,
      script: fileURLToPath(new URL('./page-object.ts', import.meta.url)),
    },
  ),
  unsupported: {},
});
