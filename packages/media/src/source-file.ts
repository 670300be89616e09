import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@plugfest/host';
import { i420Size, type Rect } from '@plugfest/model';
import { rgbaToI420 } from './colour.ts';
import { MOUTH_OPENINGS } from './mouth-levels.ts';
import { LOOKS, lookOf } from './portrait/look.ts';
import { layer } from './portrait/paint.ts';
import { Portrait } from './portrait/portrait.ts';
import { findEspeak, renderSpeech, SPEECH_SAMPLES } from './speech.ts';
import { SPEECH_TEXTS } from './speech-texts.ts';

/** Changes whenever a drawing or the file's layout does, so that old cache files are not read. */
const REVISION = 3;
const HEADER_BYTES = 8192;

/** What a source file is made from. */
export interface SourceRecipe {
  readonly look: number;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
}

/**
 * The file in the cache:
 *
 *     header (JSON, 8 KiB) | loopFrames pictures, mouth closed | loopFrames × 4 mouths | speech (48 kHz, s16le)
 */
export interface SourceContent {
  readonly loopFrames: number;
  /** Picture `n` of the loop with the mouth closed, packed I420: good until the next is asked for. */
  readonly picture: (n: number) => Uint8Array;
  /** The part that changes when the mouth opens. */
  readonly mouthRect: (n: number) => Rect;
  /** That part with the mouth at `level` 1..4, packed I420: good until the next is asked for. */
  readonly mouth: (n: number, level: number) => Uint8Array;
  readonly speech: Int16Array;
}

interface Header {
  readonly loopFrames: number;
  readonly mouthWidth: number;
  readonly mouthHeight: number;
  readonly mouthCorners: readonly (readonly [x: number, y: number])[];
}

/** Reads the source from the cache, or renders and stores it there. @throws SourceError where there is no espeak-ng. */
export async function openSourceFile(recipe: SourceRecipe, cacheDir: string, espeak?: string): Promise<SourceContent> {
  const path = sourcePath(recipe, cacheDir);
  if (!existsSync(path)) {
    mkdirSync(cacheDir, { recursive: true });
    await writeFileAtomically(path, await render(recipe, await findEspeak(espeak)));
  }
  return openSource(openSync(path, 'r'), recipe);
}

/** Where the source is kept once it has been rendered. */
export function sourcePath(recipe: SourceRecipe, cacheDir: string): string {
  return join(cacheDir, `source-${digestOf(recipe)}.bin`);
}

/** All frames of the loop are different, and its length divides the 4096 of a frame code: 8.5 s. */
function loopFramesOf({ frameRate }: SourceRecipe): number {
  return frameRate > 20 ? 256 : 128;
}

function digestOf({ look, width, height, frameRate }: SourceRecipe): string {
  const made = { REVISION, seed: look, look: lookOf(look), width, height, frameRate, text: textsFor(look) };
  return createHash('sha256').update(JSON.stringify(made)).digest('hex').slice(0, 20);
}

function textsFor(look: number): string[] {
  const first = LOOKS.indexOf(lookOf(look));
  return SPEECH_TEXTS.map((_, i) => SPEECH_TEXTS[(first + i) % SPEECH_TEXTS.length] as string);
}

async function render(recipe: SourceRecipe, espeak: string): Promise<Buffer> {
  const { width, height, look } = recipe;
  const loopFrames = loopFramesOf(recipe);
  const speech = await renderSpeech(espeak, lookOf(look).voice, textsFor(look));
  const portrait = new Portrait(look, width, height);
  const { width: mouthWidth, height: mouthHeight } = portrait.mouthRect(0);
  const header: Header & { mouthCorners: [number, number][] } = {
    loopFrames,
    mouthWidth,
    mouthHeight,
    mouthCorners: [],
  };
  const pictures: Buffer[] = [];
  const mouths: Buffer[] = [];
  for (let n = 0; n < loopFrames; n++) {
    const phase = n / loopFrames;
    const picture = portrait.draw(phase);
    const { x, y } = portrait.mouthRect(phase);
    header.mouthCorners.push([x, y]);
    for (const open of MOUTH_OPENINGS.slice(1)) {
      const part = layer(mouthWidth, mouthHeight);
      part.drawImage(picture.canvas, -x, -y);
      portrait.drawMouth(part, phase, open, x, y);
      mouths.push(rgbaToI420(part.canvas.data(), mouthWidth, mouthHeight));
    }
    portrait.drawMouth(picture, phase, MOUTH_OPENINGS[0]);
    pictures.push(rgbaToI420(picture.canvas.data(), width, height));
    // Others share this thread.
    if (n % 4 === 3) await new Promise(setImmediate);
  }
  const head = Buffer.alloc(HEADER_BYTES, ' ');
  head.write(JSON.stringify(header));
  return Buffer.concat([head, ...pictures, ...mouths, Buffer.from(speech.buffer)]);
}

/**
 * Pictures stay in the file and are read as they are asked for: the system keeps them in memory once for all processes and workers, where a copy
 * in each would be 50 MB a participant. The file stays open as long as the process.
 */
function openSource(file: number, { width, height }: SourceRecipe): SourceContent {
  const header = JSON.parse(readAt(file, 0, Buffer.alloc(HEADER_BYTES)).toString('utf8')) as Header;
  const { loopFrames, mouthWidth, mouthHeight, mouthCorners } = header;
  const [pictureBytes, mouthBytes] = [i420Size(width, height), i420Size(mouthWidth, mouthHeight)];
  const [picture, mouth] = [Buffer.alloc(pictureBytes), Buffer.alloc(mouthBytes)];
  const mouthsPerFrame = MOUTH_OPENINGS.length - 1;
  const mouthsAt = HEADER_BYTES + loopFrames * pictureBytes;
  const speechAt = mouthsAt + loopFrames * mouthsPerFrame * mouthBytes;
  const speech = new Int16Array(SPEECH_SAMPLES);
  readAt(file, speechAt, Buffer.from(speech.buffer));
  return {
    loopFrames,
    picture: (n) => readAt(file, HEADER_BYTES + n * pictureBytes, picture),
    mouthRect: (n) => {
      const [x, y] = mouthCorners[n] as readonly [number, number];
      return { x, y, width: mouthWidth, height: mouthHeight };
    },
    mouth: (n, level) => readAt(file, mouthsAt + (n * mouthsPerFrame + level - 1) * mouthBytes, mouth),
    speech,
  };
}

function readAt(file: number, position: number, into: Buffer): Buffer {
  const count = readSync(file, into, 0, into.length, position);
  if (count !== into.length)
    throw new Error(`a source file in the cache is cut short at ${position + count}: delete it`);
  return into;
}
