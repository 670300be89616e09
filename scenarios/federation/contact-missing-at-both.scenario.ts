import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused('Refused: neither has the other on the contact list', 'contact-missing-at-both', {
  federation: { contacts: {} },
});
