import { endpoint } from '@plugfest/certify';
import { chromium } from '@plugfest/scenario';

export default endpoint({
  name: 'Chromium',
  vendor: 'The Chromium Authors',
  version: 'as installed',
  participant: chromium({ name: 'Chromium', uri: 'sip:subject@conference.corp.example' }),
});
