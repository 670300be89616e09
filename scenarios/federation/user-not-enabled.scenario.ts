import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused('Refused: the user is not enabled for public access', 'user-enabled-for-public-access', {
  federation: { publicAccessUsers: [] },
});
