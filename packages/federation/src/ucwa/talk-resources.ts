import { header, type SipResponse } from '@plugfest/sip';
import type { IncomingSession } from '@plugfest/sip-node';
import type { Conversation, Modality } from './conversation.ts';
import { dataLink, type HeldContent } from './data-link.ts';
import { type HalResource, resource } from './hal.ts';

export type InvitationKind = 'messagingInvitation' | 'audioVideoInvitation' | 'onlineMeetingInvitation';
export type Reason = Readonly<Record<string, unknown>>;

/** One invitation to talk, of either side. */
export interface Invitation {
  readonly id: string;
  readonly href: string;
  readonly kind: InvitationKind;
  readonly direction: 'Incoming' | 'Outgoing';
  readonly operationId: string | undefined;
  readonly conversation: Conversation;
  readonly session: IncomingSession | undefined;
  state: 'Connecting' | 'Connected' | 'Failed' | 'Cancelled' | 'Declined';
  /** Theirs of an incoming call, or the answer to ours. */
  media: HeldContent | undefined;
}

export function conversationResource(conversation: Conversation): HalResource {
  const { href, threadId, subject, remoteUri: participant } = conversation.parts;
  const isOn = (['messaging', 'audioVideo'] as const).filter((each) => conversation.stateOf(each) === 'Connected');
  const state = conversation.isOver ? 'Disconnected' : isOn.length > 0 ? 'Connected' : 'Connecting';
  const activeModalities = isOn.map((each) => (each === 'messaging' ? 'Messaging' : 'AudioVideo'));
  const links = { messaging: `${href}/messaging`, audioVideo: `${href}/audioVideo` };
  return resource('conversation', href, { state, threadId, subject, activeModalities, participant }, links);
}

export function modalityResource(conversation: Conversation, modality: Modality): HalResource {
  const href = `${conversation.parts.href}/${modality}`;
  const state = conversation.stateOf(modality);
  const offered = {
    messaging: { sendMessage: `${href}/messages`, stopMessaging: `${href}/terminate` },
    audioVideo: { stopAudioVideo: `${href}/terminate` },
  }[modality];
  const idle = { messaging: {}, audioVideo: { addAudioVideo: `${href}/addAudioVideo` } }[modality];
  const links = state === 'Connected' ? offered : state === 'Disconnected' ? idle : {};
  return resource(modality, href, { state }, { conversation: conversation.parts.href, ...links });
}

export function invitationResource(invitation: Invitation): HalResource {
  const { kind, href, direction, operationId, conversation, state, media, session } = invitation;
  const waits = direction === 'Incoming' && state === 'Connecting';
  const accept = kind === 'audioVideoInvitation' ? 'acceptWithAnswer' : 'accept';
  const { threadId, subject, remoteUri } = conversation.parts;
  const links = {
    conversation: conversation.parts.href,
    [accept]: waits ? `${href}/${accept}` : undefined,
    decline: waits ? `${href}/decline` : undefined,
    [direction === 'Incoming' ? 'mediaOffer' : 'mediaAnswer']: media && dataLink(media),
  };
  const trust = session && header(session.request, 'ms-edge-proxy-message-trust');
  const other = session ? { from: remoteUri, sourceNetwork: sourceNetworkOf(trust) } : { to: remoteUri };
  const operation = operationId === undefined ? {} : { operationId };
  return resource(kind, href, { direction, state, threadId, subject, ...other, ...operation }, links);
}

/** Why the far end did not: UCWA has few words for it, so what SIP said goes along. [M] */
export function reasonOf(response: SipResponse): Reason {
  const { statusCode, reasonPhrase } = response;
  const diagnostics = header(response, 'ms-diagnostics') ?? header(response, 'ms-client-diagnostics');
  return {
    code: statusCode < 500 ? 'RemoteFailure' : 'ServiceFailure',
    subcode:
      statusCode === 403
        ? 'Forbidden'
        : statusCode === 404
          ? 'DestinationNotFound'
          : statusCode === 603
            ? 'Declined'
            : 'Unavailable',
    message: reasonPhrase,
    debugInfo: { sipResponseCode: statusCode, reasonPhrase, ...(diagnostics ? { diagnostics } : {}) },
  };
}

/** @see FEDERATION §1.2 “Federated offer reaching a UCWA client” */
function sourceNetworkOf(trust: string | undefined): string {
  const network = /ms-source-network=([a-z]{1,20})/i.exec(trust ?? '')?.[1];
  return network === 'publiccloud' ? 'PublicCloud' : network === 'federation' ? 'Federated' : 'SameEnterprise';
}
