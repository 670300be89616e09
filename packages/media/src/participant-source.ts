import { existsSync } from 'node:fs';
import { FRAME_NUMBER_MODULUS, type ParticipantPlan, SENT_MS_MODULUS, type VideoFrame } from '@plugfest/model';
import { paintCodeStrip } from './code-strip.ts';
import { SAMPLE_RATE_HZ } from './codec-names.ts';
import { allocatePicture, pastePicture } from './i420.ts';
import { mouthLevels } from './mouth-levels.ts';
import { openSourceFile, type SourceContent, type SourceRecipe, sourcePath } from './source-file.ts';

export interface PrepareOptions {
  readonly participant: ParticipantPlan;
  readonly cacheDir: string;
  /** Where espeak-ng is; looked up where absent. */
  readonly tools?: { readonly espeakNg?: string };
}

/** What a participant sends: its picture and its speech, the same for the same plan on every machine and in every process. */
export class ParticipantSource {
  readonly participant: ParticipantPlan;
  /** Pictures after which the loop begins again; the mouth goes on with the speech. */
  readonly loopFrames: number;
  /** 48 kHz mono, 34.133 s, non repeating inside; sample k is spoken k / 48000 s after the source's start. */
  readonly speech: Int16Array;
  readonly #content: SourceContent;
  readonly #mouth: Uint8Array;

  /**
   * Reads the source from the cache, or renders it there once (a few seconds).
   * @throws SourceError `espeak-ng-missing`, with the command that mends it; RangeError for an odd size.
   */
  static async prepare({ participant, cacheDir, tools }: PrepareOptions): Promise<ParticipantSource> {
    const { width, height } = participant.video;
    if (width % 2 !== 0 || height % 2 !== 0) throw new RangeError(`video of ${width}×${height}: both must be even`);
    const content = await openSourceFile(recipeOf(participant), cacheDir, tools?.espeakNg);
    return new ParticipantSource(participant, content);
  }

  /** Whether `prepare` would only read: nothing to render, no espeak-ng needed. */
  static isCached({ participant, cacheDir }: Omit<PrepareOptions, 'tools'>): boolean {
    return existsSync(sourcePath(recipeOf(participant), cacheDir));
  }

  private constructor(participant: ParticipantPlan, content: SourceContent) {
    this.participant = participant;
    this.#content = content;
    this.loopFrames = content.loopFrames;
    this.speech = content.speech;
    this.#mouth = mouthLevels(content.speech, participant.video.frameRate);
  }

  /** Frame `frameNumber` (modulo 4096) as it is before the code is painted: what quality is held against. `ptsUs` counts from the start. */
  frameAt(frameNumber: number): VideoFrame {
    const { width, height, frameRate } = this.participant.video;
    const number = frameNumber % FRAME_NUMBER_MODULUS;
    const n = number % this.loopFrames;
    const data = allocatePicture(width, height);
    data.set(this.#content.picture(n));
    const level = this.#mouth[number % this.#mouth.length] as number;
    if (level > 0) pastePicture(data, width, height, this.#content.mouth(n, level), this.#content.mouthRect(n));
    return { width, height, data, ptsUs: Math.round((frameNumber * 1e6) / frameRate) };
  }

  /** The frame with its code: sent now, at `sentUs` on the run's clock. `ptsUs` is `sentUs`. */
  stamped(frameNumber: number, sentUs: number): VideoFrame {
    const frame = { ...this.frameAt(frameNumber), ptsUs: sentUs };
    paintCodeStrip(frame, {
      participant: this.participant.number,
      frameNumber: frameNumber % FRAME_NUMBER_MODULUS,
      sentMs: Math.floor(sentUs / 1000) % SENT_MS_MODULUS,
    });
    return frame;
  }

  /** `samples` samples of the speech loop from `elapsedUs` after the start on; silence before the start. */
  speechAt(elapsedUs: number, samples: number): Int16Array {
    const out = new Int16Array(samples);
    const first = Math.round((elapsedUs * SAMPLE_RATE_HZ) / 1e6);
    const length = this.speech.length;
    let at = Math.max(0, -first);
    while (at < samples) {
      const from = (first + at) % length;
      const part = this.speech.subarray(from, Math.min(length, from + samples - at));
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

function recipeOf({ look, video: { width, height, frameRate } }: ParticipantPlan): SourceRecipe {
  return { look, width, height, frameRate };
}
