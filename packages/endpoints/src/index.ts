import type { EndpointKind } from '@plugfest/model';
import type { OpenEndpoint } from './endpoint.ts';

export type * from './endpoint.ts';

/** Who plays a participant of each kind; its code is loaded when the first one is opened. A new kind is one folder and one line here. */
export const ENDPOINTS: Record<EndpointKind, OpenEndpoint> = {
  'sip-room': async (context) => (await import('./sip-room/sip-room-endpoint.ts')).SipRoomEndpoint.open(context),
  browser: notHere('browser'),
  'webrtc-node': notHere('webrtc-node'),
  federated: async (context) =>
    (await import('./federated/federated-endpoint.ts')).FederatedEndpoint.open(context),
  external: notHere('external'),
};

function notHere(kind: EndpointKind): OpenEndpoint {
  return async () => {
    throw new Error(`there is no endpoint of kind “${kind}” in this version`);
  };
}
