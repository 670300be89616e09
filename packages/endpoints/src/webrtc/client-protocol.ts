import type { ParticipantPlan, Rect, Sabotage } from '@plugfest/model';

/** Where a page puts the pictures of others, where it gets each by itself. */
export interface ClientWall {
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly tiles: readonly Rect[];
}

/** How a WebRTC client is told to call. */
export interface ClientCall {
  /** Where the bridge is: SIP over WebSocket, the server of its WHIP and WHEP endpoints, or a Janus. */
  readonly by:
    | { readonly webSocketUrl: string }
    | { readonly whipUrl: string }
    | { readonly janusUrl: string; readonly room: number; readonly person: string; readonly wall: ClientWall };
  readonly uri: string;
  readonly displayName: string;
  readonly conferenceUri: string;
}

/** What the wrtc process is given as its only argument: enough to have everything ready when it is told to call. */
export interface ClientSetup {
  readonly plan: ParticipantPlan;
  readonly captureFile: string;
  readonly cacheDir: string;
  readonly sabotage: readonly Sabotage[];
}

/** What a client is told, a JSON line (or a message) each. */
export type ClientCommand =
  | { readonly command: 'call'; readonly call: ClientCall }
  | { readonly command: 'hang-up' }
  | { readonly command: 'ping'; readonly id: number };

/** What a client says, a JSON line (or a message) each. */
export type ClientEvent =
  | { readonly type: 'joined'; readonly audioCodec: string; readonly videoCodec: string }
  | {
      readonly type: 'refused';
      readonly statusCode: number;
      readonly reasonPhrase: string;
      readonly diagnostics: string | null;
    }
  | { readonly type: 'source.started'; readonly startedUs: number }
  | { readonly type: 'media-ready' }
  /** Who sits where on the client's own wall. */
  | { readonly type: 'seats'; readonly seats: readonly (string | null)[] }
  /** `presentedFrames`: pictures that came to the screen, where it is the screen that is captured. */
  | { readonly type: 'stats'; readonly stats: unknown; readonly presentedFrames?: number }
  | { readonly type: 'capture.closed'; readonly droppedFrames: number }
  /** The client's clock in answer to a ping. */
  | { readonly type: 'pong'; readonly id: number; readonly nowUs: number }
  | { readonly type: 'fault'; readonly message: string }
  | { readonly type: 'left' };

/** Undefined for what is no event: libwebrtc writes to standard output too. */
export function parseClientEvent(text: string): ClientEvent | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const event = JSON.parse(text) as { type?: unknown };
    return typeof event.type === 'string' ? (event as ClientEvent) : undefined;
  } catch {
    return undefined;
  }
}
