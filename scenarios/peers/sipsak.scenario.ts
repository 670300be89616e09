import { peersAreAnswered, peersEndWell, scenario } from '@plugfest/scenario';

export default scenario({
  title: 'sipsak asks and registers',
  story:
    'The tool of every SIP administrator asks the bridge for its options, over UDP and TCP, and registers with its registrar.',
  participants: {},
  peers: {
    options: { profile: 'sipsak-options' },
    optionsTcp: { profile: 'sipsak-options-tcp' },
    register: { profile: 'sipsak-register' },
  },
  async steps({ peers }) {
    await peers.options.runs();
    await peers.optionsTcp.runs();
    await peers.register.runs();
  },
  expects: [peersEndWell(), peersAreAnswered()],
});
