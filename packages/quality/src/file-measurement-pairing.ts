import type { Measured } from '@plugfest/model';
import { medianOf } from './distribution.ts';
import { type FileFinding, lengthText } from './file-measurement-finding.ts';
import type { PictureLook } from './file-measurement-look.ts';
import { type AlignmentTimes, closestPictures, type Delay, findDelay } from './picture-alignment.ts';

/** Which picture of the reference each captured one is held against. */
export interface Pairing {
  /** By the captured picture's number; −1 where the reference has none for it. Never decreasing otherwise. */
  readonly referenceOf: Int32Array;
  readonly pairs: number;
  /** For `method`: how they were found. */
  readonly method: string;
  readonly findings: readonly FileFinding[];
}

/** Nominal intervals that differ by less are of one rate. */
const SAME_RATE = 0.01;
/** Another delay must fit so much better before it is believed. */
const CLEARLY_BETTER = 0.5;
/** Mean difference of cells, in steps of luma, that coding alone makes. */
const CODING_DIFFERENCE = 0.4;

/** A mirrored capture must fit so much better turned round. */
const MIRRORED_BETTER = 0.6;

/** By number where both have as many pictures, and none fits clearly better; else by time and content. */
export function pairPictures(reference: PictureLook, capture: PictureLook): Pairing {
  const times = alignmentTimes(reference, capture);
  const plain = findDelay(reference.signatures, capture.signatures, times);
  const turned = capture.signatures.mirrored();
  const other = plain.distance > CODING_DIFFERENCE ? findDelay(reference.signatures, turned, times) : plain;
  const isMirrored = other.distance < MIRRORED_BETTER * plain.distance;
  const [delay, seen] = isMirrored ? [other, { ...capture, signatures: turned }] : [plain, capture];
  const isByNumber = reference.count === capture.count && (delay.pictures === 0 || !isClearlyBetter(delay));
  return isByNumber ? byNumber(reference, seen) : byTime(reference, seen, delay, times);
}

function byNumber(reference: PictureLook, capture: PictureLook): Pairing {
  const findings: FileFinding[] = [];
  const [own, others] = [gapOf(capture), gapOf(reference)];
  if (Math.abs(own - others) > SAME_RATE * others) {
    const text = `both files have ${capture.count} pictures, but ${rateText(own)} in the capture and ${rateText(others)} in the reference: they were paired by their number all the same`;
    findings.push({ level: 'warning', code: 'video-rates-differ', file: 'both', text });
  }
  const referenceOf = Int32Array.from({ length: capture.count }, (_, n) => n);
  return { referenceOf, pairs: capture.count, method: 'pictures paired by their number', findings };
}

function alignmentTimes(reference: PictureLook, capture: PictureLook): AlignmentTimes {
  const referenceGapUs = gapOf(reference);
  const due = (timeUs: number): number => reference.times.nearest(timeUs, referenceGapUs);
  return { byTime: Int32Array.from(capture.times.values(), due), referenceGapUs };
}

function byTime(reference: PictureLook, capture: PictureLook, found: Delay, times: AlignmentTimes): Pairing {
  const delay = isClearlyBetter(found) ? found : { ...found, pictures: 0 };
  const aligned = { ...times, delay: delay.pictures };
  const referenceOf = closestPictures(reference.signatures, capture.signatures, aligned);
  const pairs = referenceOf.reduce((count, number) => count + (number >= 0 ? 1 : 0), 0);
  const delayMs = (delay.pictures * gapOf(reference)) / 1000;
  const method = `pictures paired by time and content, the capture ${lengthText(Math.abs(delayMs))} ${delayMs < 0 ? 'early' : 'late'}`;
  const late = `${lengthText(Math.abs(delayMs))} ${delayMs < 0 ? 'before' : 'after'}`;
  const text = `the reference has ${reference.count} pictures (${rateText(gapOf(reference))}), the capture ${capture.count} (${rateText(gapOf(capture))}): ${pairs} were paired by time and content; the capture shows what the reference does ${late} it`;
  const findings: FileFinding[] = [{ level: 'note', code: 'video-aligned', file: 'both', text }];
  const unseen = reference.count - new Set(referenceOf.filter((number) => number >= 0)).size;
  if (unseen > 0 && gapOf(capture) <= gapOf(reference) * (1 + SAME_RATE)) {
    const missing = `${unseen} of ${reference.count} pictures of the reference are not in the capture`;
    findings.push({ level: 'warning', code: 'video-pictures-missing', file: 'capture', text: missing });
  }
  return { referenceOf, pairs, method, findings };
}

function isClearlyBetter({ distance, undelayed }: Delay): boolean {
  return undelayed > CODING_DIFFERENCE && distance < CLEARLY_BETTER * undelayed;
}

function gapOf(look: PictureLook): number {
  return look.times.usualGapUs() || 40_000;
}

function rateText(gapUs: number): string {
  return `${Number((1e6 / gapUs).toFixed(2))} a second`;
}

/** How late the capture shows what the reference does: the middle of the pairs' differences of times, each since its file's first picture. */
export function delayOf({ referenceOf }: Pairing, reference: PictureLook, capture: PictureLook): Measured {
  const [sent, got] = [reference.times.values(), capture.times.values()];
  const delaysMs: number[] = [];
  for (const [own, other] of referenceOf.entries())
    if (other >= 0) delaysMs.push(((got[own] as number) - (sent[other] as number)) / 1000);
  if (delaysMs.length === 0) return { notMeasured: 'no picture of the capture was found in the reference' };
  const still = signatureRange(reference) < CODING_DIFFERENCE;
  if (still) return { notMeasured: 'the pictures of the reference hardly change: any delay fits' };
  const value = medianOf(delaysMs);
  const half = Math.max(gapOf(reference), gapOf(capture)) / 2000;
  const method =
    'delay by content (pictures paired by 12×8 cells of mean luma, median of the differences of their times, each since the first of its file; half an interval of the slower file either way)';
  return { value, unit: 'ms', n: delaysMs.length, low: value - half, high: value + half, method };
}

/** How far apart the reference's pictures are, of some. */
function signatureRange({ signatures, count }: PictureLook): number {
  let most = 0;
  for (let n = 1; n <= 20; n++)
    most = Math.max(most, signatures.distance(Math.floor(((count - 1) * n) / 20), signatures, 0));
  return most;
}
