import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused('Refused: Sofia is not on Anna’s contact list', 'contact-missing-at-callee', {
  federation: { contacts: { 'sofia@skype.example': ['anna@corp.example'] } },
});
