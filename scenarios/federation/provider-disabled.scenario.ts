import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused('Refused: the public provider is disabled', 'provider-enabled', {
  federation: { providerEnabled: false },
});
