/** A camera and a microphone that show and say what they are fed. */
export interface Devices {
  readonly stream: MediaStream;
  /** A media frame from Node. */
  feed(bytes: Uint8Array<ArrayBuffer>): void;
}

/** Sends a media frame to Node. */
export type Send = (bytes: Uint8Array<ArrayBuffer>) => void;

/** Everything in the page that is fed and is shown something. */
export interface Desk {
  readonly devices: Devices;
  /** Shows or plays a received track, and sends what of it was shown or played. */
  take(track: MediaStreamTrack): void;
  /** Pictures that were put on the screen, where the screen counts them; those that the decoder gave out otherwise. */
  readonly presentedFrames?: number;
}
