import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused('Refused: Skype 6 has no video with Lync', 'client-version', {
  participants: { skype: { clientVersion: '6.21.0.104' } },
});
