import type { ParticipantPlan, Sabotage } from '@plugfest/model';

/** How a WebRTC client is told to call. */
export interface ClientCall {
  readonly webSocketUrl: string;
  readonly uri: string;
  readonly displayName: string;
  readonly conferenceUri: string;
}

/** Everything that the wrtc process is given, as its only argument. */
export interface ClientConfig extends ClientCall {
  readonly plan: ParticipantPlan;
  readonly captureFile: string;
  readonly cacheDir: string;
  readonly sabotage: readonly Sabotage[];
}

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
  | { readonly type: 'stats'; readonly stats: unknown }
  | { readonly type: 'fault'; readonly message: string }
  | { readonly type: 'left' };
