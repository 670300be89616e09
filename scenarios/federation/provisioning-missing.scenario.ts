import { skypeIsRefused } from './skype-calls-anna.ts';

export default skypeIsRefused(
  'Refused: the domain was never provisioned with the public provider',
  'domain-provisioned',
  {
    federation: { domainProvisioned: false },
  },
);
