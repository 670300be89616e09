import type { ParticipantPlan, Sabotage } from '@plugfest/model';

/** How a WebRTC client is told to call. */
export interface ClientCall {
  readonly webSocketUrl: string;
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
