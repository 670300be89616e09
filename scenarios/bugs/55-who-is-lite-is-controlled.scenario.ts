import { bug } from '@plugfest/scenario';
import { browserOffer } from './browser-offer.ts';
import { STUN, someChecks, stunAttributesOf } from './stun-checks.ts';

export default bug({
  number: 55,
  title: 'Towards an ICE-lite peer the full side controls',
  sources: ['pjproject#977', 'pjproject#2033', 'rtpengine#1721', 'pion/ice#96', 'str0m#519', 'aioice#15'],
  cause: 'the answerer takes the controlled role though the offerer is lite: nobody ever nominates',
  cites: 'RFC 8445 §6.1.1',
  async speaks(probe) {
    await probe.invites({ sdp: probe.describes(browserOffer(probe), { session: ['a=ice-lite'] }) });
    await probe.until('a connectivity check', () => probe.exchange.packets.find(({ way }) => way === 'received'));
  },
  faultIn(exchange) {
    const roles = someChecks(exchange).map(stunAttributesOf);
    return roles.every((types) => types.includes(STUN.iceControlling))
      ? undefined
      : 'a check says ICE-CONTROLLED towards a lite peer';
  },
  badPeer: {
    defect: () => ({
      media(datagram, way) {
        const at = way === 'received' ? Buffer.from(datagram.bytes).indexOf(Buffer.of(0x80, 0x2a, 0, 8)) : -1;
        if (at < 0) return [datagram];
        const bytes = Uint8Array.from(datagram.bytes);
        bytes[at + 1] = 0x29;
        return [{ ...datagram, bytes }];
      },
    }),
  },
});
