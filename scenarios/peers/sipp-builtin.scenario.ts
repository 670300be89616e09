import { peersAreAnswered, peersEndWell, scenario } from '@plugfest/scenario';

export default scenario({
  title: 'SIPp’s own scenarios call, are called, and bring two together',
  story:
    'What SIPp has built in, as it is: uac calls five times over UDP and over TCP, uas is called by the bridge, and the third party call control connects two legs of the bridge by a late offer. ' +
    'To the bridge’s offer of sound and pictures the uas answers with one m-line, which RFC 3264 §6 forbids: the bridge acknowledges, and hangs up at once with cause 488.',
  participants: {},
  peers: {
    uac: { profile: 'sipp-uac' },
    uacTcp: { profile: 'sipp-uac-tcp' },
    uas: { profile: 'sipp-uas' },
    controller: { profile: 'sipp-3pcc' },
  },
  async steps({ peers }) {
    await peers.uac.runs();
    await peers.uacTcp.runs();
    await Promise.all([peers.uas.runs(), peers.uas.isCalled()]);
    await peers.controller.runs();
  },
  expects: [peersEndWell(), peersAreAnswered()],
});
