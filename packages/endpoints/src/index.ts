import type { EndpointKind } from '@plugfest/model';
import type { OpenEndpoint } from './endpoint.ts';

export { HEADED_VARIABLE } from './browser/browser-engine.ts';
export * from './capabilities.ts';
export type * from './endpoint.ts';
export type { PageObject, PageVisit } from './external/page-object.ts';
export * from './join.ts';
export * from './kamailio/kamailio-proxy.ts';
export { NotSupported } from './not-supported.ts';
export * from './signalling/peer-table.ts';
export * from './signalling/signalling-peer.ts';
export * from './undeclared.ts';
export { callsByWhip } from './webrtc/client-relay.ts';
export * from './webrtc/janus-session.ts';

/** How each kind is opened. Loaded when asked for: a run without browsers does not load what drives them. */
export const ENDPOINTS: Record<EndpointKind, OpenEndpoint> = {
  federated: async (context) => (await import('./federated/federated-endpoint.ts')).FederatedEndpoint.open(context),
  'sip-room': async (context) => (await import('./sip-room/sip-room.ts')).SipRoom.open(context),
  browser: async (context) => (await import('./browser/browser-endpoint.ts')).BrowserEndpoint.open(context),
  firefox: async (context) => (await import('./browser/browser-endpoint.ts')).BrowserEndpoint.open(context),
  'webrtc-node': async (context) =>
    (await import('./webrtc-node/webrtc-node-endpoint.ts')).WebRtcNodeEndpoint.open(context),
  baresip: async (context) => (await import('./baresip/baresip-endpoint.ts')).BaresipEndpoint.open(context),
  gstreamer: async (context) => (await import('./gstreamer/gstreamer-endpoint.ts')).GstreamerEndpoint.open(context),
  external: async (context) => (await import('./external/external-endpoint.ts')).openExternal(context),
};
export * from './sipe/sipe-client.ts';
export { findSipePlugin } from './sipe/sipe-plugin.ts';
