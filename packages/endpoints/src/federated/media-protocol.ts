import { deserialize, serialize } from 'node:v8';
import type { ParticipantPlan, Sabotage } from '@plugfest/model';
import type { NegotiatedMedia } from '@plugfest/sdp';

/** What a media process is given as its only argument, as JSON. */
export interface MediaSetup {
  readonly participant: ParticipantPlan;
  readonly sabotage: readonly Sabotage[];
  readonly captureFile: string;
  readonly cacheDir: string;
  readonly bitrateBps: number;
  readonly seed: number;
  /** Pictures are sent once they were asked for; after so long without a word to a far end that does not know how. */
  readonly videoOnRequest: { readonly patienceMs: number } | undefined;
}

/** Where one m-line is received. */
export interface LinePorts {
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

/** One m-line as both sides agreed on it, with its keys. */
export interface AgreedLine {
  readonly negotiated: NegotiatedMedia;
  readonly ssrc: number;
}

/** What a media process is told. After `stop`, or when its standard input closes, it finishes the capture and ends. */
export type MediaCommand =
  | { readonly command: 'start'; readonly audio: AgreedLine; readonly video: AgreedLine }
  | { readonly command: 'stop' };

/** What a media process says. */
export type MediaEvent =
  | { readonly type: 'listening'; readonly audio: LinePorts; readonly video: LinePorts }
  | { readonly type: 'source.started'; readonly startedUs: number }
  | { readonly type: 'media-ready' }
  /** Null where nothing was captured. */
  | { readonly type: 'stopped'; readonly droppedFrames: number | null }
  | { readonly type: 'fault'; readonly message: string };

/** A command or an event as a line of text: descriptions hold bytes and big integers, which JSON does not. */
export function formatLine(message: MediaCommand | MediaEvent): string {
  return `${serialize(message).toString('base64')}\n`;
}

/** The reverse of `formatLine`, for lines of a process of our own. @throws Error for any other text */
export function parseLine<T extends MediaCommand | MediaEvent>(line: string): T {
  return deserialize(Buffer.from(line, 'base64')) as T;
}
