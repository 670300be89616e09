import { type MediaFileFacts, MediaFileFault, readFileFacts } from '@plugfest/media';
import type { FileFinding, FileRole } from './file-measurement-finding.ts';
import { cutFindings, lookAtPictures, type PictureLook } from './file-measurement-look.ts';
import {
  type AudioValues,
  compareFiles,
  inspectFile,
  lookAtSound,
  type SoundLook,
  uncomparedSound,
  unheard,
} from './file-measurement-sound.ts';
import {
  type ComparedPicture,
  compareVideo,
  inspectionValues,
  uncompared,
  type VideoValues,
} from './file-measurement-video.ts';

export interface MeasureFilesOptions {
  /** What was sent; without it the capture's own values alone are measured. */
  readonly reference?: string;
  /** What arrived: any file that FFmpeg reads. */
  readonly capture: string;
  readonly onProgress?: (progress: FileProgress) => void;
  /** Told of every captured picture, in order. */
  readonly series?: (row: PictureRow) => void;
  /** Told of every pair before the next is read: its pictures are good for longer. */
  readonly onPair?: (pair: ComparedPicture) => void;
}

export interface FileProgress {
  readonly stage: string;
  /** How far into the file, and how long it says it is. */
  readonly atMs: number;
  readonly ofMs?: number;
}

/** One captured picture. What it has no number for is absent. */
export interface PictureRow {
  readonly frame: number;
  /** Since the first picture. */
  readonly timeMs: number;
  /** Number of the reference's picture that it was held against. */
  readonly referenceFrame?: number;
  readonly isRepeat: boolean;
  readonly si?: number;
  readonly ti?: number;
  readonly psnrY?: number;
  readonly ssimY?: number;
  readonly msSsimY?: number;
  readonly vifY?: number;
  readonly xpsnrY?: number;
}

/** What two files, or one, came to: every value is there, or the reason why it is not. */
export interface FileMeasurement {
  readonly video: VideoValues;
  readonly audio: AudioValues;
  readonly findings: readonly FileFinding[];
}

/** Rates at which sound is compared as it comes; any other is converted. */
const SOUND_RATES: ReadonlySet<number> = new Set([16_000, 24_000, 32_000, 44_100, 48_000]);
const USUAL_RATE_HZ = 48_000;

/** Measures a capture, against what was sent where that is given. Never throws for what is in the files: that is a finding, and `notMeasured`. */
export async function measureFiles(options: MeasureFilesOptions): Promise<FileMeasurement> {
  const roles: readonly FileRole[] = options.reference === undefined ? ['capture'] : ['reference', 'capture'];
  const facts: Partial<Record<FileRole, MediaFileFacts>> = {};
  for (const role of roles) {
    const found = factsOf(options[role] as string, role);
    if ('level' in found) return nothing(found);
    facts[role] = found;
  }
  const findings: FileFinding[] = [];
  const video = await measureVideo(options, facts);
  const audio = await measureAudio(options, facts);
  findings.push(...video.findings, ...audio.findings);
  for (const role of roles) {
    const endUs = Math.max(video.endUs[role] ?? 0, audio.endUs[role] ?? 0);
    const isKnown = findings.some(({ code, file }) => code === 'file-cut-short' && file === role);
    if (endUs > 0 && !isKnown) findings.push(...cutFindings(role, facts[role] as MediaFileFacts, endUs));
  }
  const values = [...Object.values(video.values), ...Object.values(audio.values)];
  if (values.every((value) => 'notMeasured' in value)) {
    const text = 'nothing of the capture could be measured: it holds neither a picture nor a sample';
    findings.push({ level: 'error', code: 'nothing-measured', file: 'capture', text });
  }
  return { video: video.values, audio: audio.values, findings };
}

function factsOf(path: string, file: FileRole): MediaFileFacts | FileFinding {
  try {
    return readFileFacts(path);
  } catch (error) {
    if (!(error instanceof MediaFileFault)) throw error;
    return { level: 'error', code: error.code, file, text: `the ${file} ${error.message}` };
  }
}

function nothing(finding: FileFinding): FileMeasurement {
  return {
    video: { ...uncompared(finding.text), ...inspectionValues(undefined, finding.text) },
    audio: unheard(finding.text),
    findings: [finding],
  };
}

interface Medium {
  readonly values: VideoValues;
  readonly findings: readonly FileFinding[];
  readonly endUs: Readonly<Partial<Record<FileRole, number>>>;
}
type Facts = Readonly<Partial<Record<FileRole, MediaFileFacts>>>;

/** Why a file's medium cannot be measured, and whether that is somebody's fault. */
function absence(facts: Facts, file: FileRole, medium: 'video' | 'audio', isWanted: boolean): FileFinding | undefined {
  const what = medium === 'video' ? 'pictures' : 'sound';
  const of = facts[file]?.[medium];
  if (of && !of.canDecode)
    return {
      level: 'fault',
      code: `${medium}-codec-unknown`,
      file,
      text: `the ${what} of the ${file} (${of.codec}) cannot be decoded here`,
    };
  const text = `the ${file} has no ${what}`;
  return of ? undefined : { level: isWanted ? 'fault' : 'note', code: `${medium}-missing`, file, text };
}

function empty(file: FileRole, medium: 'video' | 'audio'): FileFinding {
  const what = medium === 'video' ? 'picture' : 'sample';
  const text = `the ${file} announces ${medium === 'video' ? 'pictures' : 'sound'}, but not one ${what} came out of it`;
  return { level: 'fault', code: `${medium}-empty`, file, text };
}

async function measureVideo(options: MeasureFilesOptions, facts: Facts): Promise<Medium> {
  const { capture, reference, onProgress } = options;
  const findings: FileFinding[] = [];
  const endUs: Partial<Record<FileRole, number>> = {};
  const looks: Partial<Record<FileRole, PictureLook>> = {};
  const reasons: Partial<Record<FileRole, string>> = {};
  const isSilentPair = !facts.capture?.video && !facts.reference?.video;
  for (const role of ['capture', 'reference'] as const) {
    const path = options[role];
    const of = facts[role];
    if (path === undefined || !of) continue;
    // What only one of the two files has cannot be compared: a fault where it is the capture that lacks it.
    const missing = absence(facts, role, 'video', role === 'capture' && facts.reference?.video !== undefined);
    if (missing) {
      if (!isSilentPair) findings.push(missing);
      reasons[role] = missing.text;
      continue;
    }
    const stage = `looking at the pictures of the ${role}`;
    const look = await lookAtPictures(path, role, of, (timeUs) =>
      onProgress?.({ stage, atMs: timeUs / 1000, ...lengthOf(of) }),
    );
    findings.push(...look.findings);
    if (look.count > 0) [looks[role], endUs[role]] = [look, look.endUs];
    else {
      findings.push(empty(role, 'video'));
      reasons[role] = empty(role, 'video').text;
    }
  }
  const own = inspectionValues(looks.capture?.inspection, reasons.capture ?? 'the capture has no pictures');
  const reason = reference === undefined ? 'there is no reference' : (reasons.capture ?? reasons.reference ?? '');
  if (!looks.capture) return { values: { ...uncompared(reasons.capture ?? reason), ...own }, findings, endUs };
  const rows = new RowWriter(looks.capture, options.series);
  if (!looks.reference || reference === undefined) {
    rows.finish();
    return { values: { ...uncompared(reason), ...own }, findings, endUs };
  }
  const files = {
    reference: { path: reference, look: looks.reference },
    capture: { path: capture, look: looks.capture },
  };
  const times = looks.capture.times.values();
  const compared = await compareVideo(files, (pair) => {
    rows.write(pair);
    options.onPair?.(pair);
    onProgress?.({
      stage: 'comparing pictures',
      atMs: (times[pair.number] as number) / 1000,
      ofMs: (times.at(-1) as number) / 1000,
    });
  });
  rows.finish();
  findings.push(...compared.findings);
  return { values: { ...compared.values, ...own }, findings, endUs };
}

/** Brings what was seen of single pictures and of pairs together, in order. */
class RowWriter {
  readonly #look: PictureLook;
  readonly #series: ((row: PictureRow) => void) | undefined;
  #next = 0;

  constructor(look: PictureLook, series: ((row: PictureRow) => void) | undefined) {
    this.#look = look;
    this.#series = series;
  }

  write({ number, referenceNumber, scores }: ComparedPicture): void {
    if (!this.#series) return;
    this.#upTo(number);
    const { frame: _frame, ptsUs: _ptsUs, ...numbers } = scores;
    this.#series({ ...this.#own(number), referenceFrame: referenceNumber, ...numbers });
    this.#next = number + 1;
  }

  finish(): void {
    this.#upTo(this.#look.count);
  }

  #upTo(end: number): void {
    for (; this.#next < end; this.#next++) this.#series?.(this.#own(this.#next));
  }

  #own(frame: number): PictureRow {
    const { times, si, ti, repeats } = this.#look;
    const [spatial, temporal] = [si[frame] as number, ti[frame] as number];
    return {
      frame,
      timeMs: (times.values()[frame] as number) / 1000,
      isRepeat: repeats[frame] === 1,
      ...(Number.isNaN(spatial) ? {} : { si: spatial }),
      ...(Number.isNaN(temporal) ? {} : { ti: temporal }),
    };
  }
}

async function measureAudio(options: MeasureFilesOptions, facts: Facts): Promise<Medium> {
  const { onProgress } = options;
  const findings: FileFinding[] = [];
  const endUs: Partial<Record<FileRole, number>> = {};
  const looks: Partial<Record<FileRole, SoundLook>> = {};
  const reasons: Partial<Record<FileRole, string>> = {};
  const isMutePair = !facts.capture?.audio && !facts.reference?.audio;
  const rate = soundRateOf((facts.reference?.audio ?? facts.capture?.audio)?.sampleRateHz ?? USUAL_RATE_HZ);
  for (const role of ['capture', 'reference'] as const) {
    const path = options[role];
    const of = facts[role];
    if (path === undefined || !of) continue;
    const missing = absence(facts, role, 'audio', role === 'capture' && facts.reference?.audio !== undefined);
    if (missing) {
      if (!isMutePair) findings.push(missing);
      reasons[role] = missing.text;
      continue;
    }
    const stage = `listening to the ${role}`;
    const look = await lookAtSound(path, role, rate, (timeUs) =>
      onProgress?.({ stage, atMs: timeUs / 1000, ...lengthOf(of) }),
    );
    findings.push(...look.findings, ...preparation(role, of, rate));
    if (look.samples > 0) [looks[role], endUs[role]] = [look, look.endUs];
    else {
      findings.push(empty(role, 'audio'));
      reasons[role] = empty(role, 'audio').text;
    }
  }
  if (!looks.capture) return { values: unheard(reasons.capture ?? 'the capture has no sound'), findings, endUs };
  const told = (timeUs: number): void =>
    onProgress?.({ stage: 'measuring sound', atMs: timeUs / 1000, ...lengthOf(facts.capture) });
  if (!looks.reference) {
    const reason = options.reference === undefined ? 'there is no reference' : (reasons.reference ?? '');
    return { values: { ...(await inspectFile(looks.capture, told)), ...uncomparedSound(reason) }, findings, endUs };
  }
  findings.push(...lengthFindings(looks.reference, looks.capture));
  return { values: await compareFiles(looks.reference, looks.capture, told), findings, endUs };
}

/** The rate at which sound of a file is measured: its own where sound can be compared at it. */
export function soundRateOf(sampleRateHz: number): number {
  return SOUND_RATES.has(sampleRateHz) ? sampleRateHz : USUAL_RATE_HZ;
}

function preparation(file: FileRole, { audio }: MediaFileFacts, rateHz: number): FileFinding[] {
  const findings: FileFinding[] = [];
  if (audio && audio.sampleRateHz !== rateHz) {
    const text = `the sound was converted from ${audio.sampleRateHz} to ${rateHz} samples a second before it was measured`;
    findings.push({ level: 'note', code: 'audio-rate-converted', file, text });
  }
  if (audio && audio.channels > 1) {
    const text = `${audio.channels} channels were mixed to one before they were measured: levels and loudness are the mix's`;
    findings.push({ level: 'note', code: 'audio-mixed', file, text });
  }
  return findings;
}

/** Lengths that differ by less are a codec's padding. */
const LENGTH_SLACK_MS = 250;

function lengthFindings(reference: SoundLook, capture: SoundLook): FileFinding[] {
  const ms = ({ samples, sampleRateHz }: SoundLook): number => Math.round((1000 * samples) / sampleRateHz);
  const difference = ms(capture) - ms(reference);
  if (Math.abs(difference) <= LENGTH_SLACK_MS) return [];
  const text = `the capture's sound is ${Math.abs(difference)} ms ${difference < 0 ? 'shorter' : 'longer'} than the reference's ${ms(reference)} ms`;
  return [{ level: 'warning', code: 'audio-lengths-differ', file: 'both', text }];
}

function lengthOf(facts: MediaFileFacts | undefined): { ofMs?: number } {
  return facts?.durationMs === undefined ? {} : { ofMs: facts.durationMs };
}
