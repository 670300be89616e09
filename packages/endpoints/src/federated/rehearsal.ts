import type { ParticipantSource } from '@plugfest/media';
import type { Clock } from '@plugfest/model';
import { Picture } from './picture.ts';
import { Sound } from './sound.ts';

const TICKS = 8;
const TICK_SAMPLES = 960;

/**
 * Sends a few pictures and a little speech to nobody. The first of each costs far more than the rest (code is compiled, libraries make their tables), and
 * what that holds up at the start of a call makes the far end wait longer for all sound that follows.
 */
export function rehearse(source: ParticipantSource, clock: Clock, bitrateBps: number): void {
  const nobody = (): void => {};
  const shown = { ...source.participant.video, bitrateBps, packetizationMode: 1, describesPictures: true } as const;
  const picture = new Picture({ ...shown, clock, onShown: nobody, onKeyFrameNeeded: nobody });
  const sound = new Sound({ codec: 'g722', clockRateHz: 8000, clock, onPlayed: nobody });
  for (let n = 0; n < TICKS; n++) {
    const ptsUs = clock.nowUs();
    picture.encode({ ...source.stamped(n, ptsUs), ptsUs });
    sound.encode({ samples: source.speechAt(n, TICK_SAMPLES), sampleRateHz: 48_000, channels: 1, ptsUs });
  }
  picture.close();
  sound.close();
}
