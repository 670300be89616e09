import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused('Refused: Anna is not on Sofia’s contact list', 'contact-missing-at-caller', {
  federation: { contacts: { 'anna@corp.example': ['sofia@skype.example'] } },
});
