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
const CODING_DIFFERENCE = 1;

/** By number where both have as many pictures; else by time and content. */
export function pairPictures(reference: PictureLook, capture: PictureLook): Pairing {
  const times = alignmentTimes(reference, capture);
  const delay = findDelay(reference.signatures, capture.signatures, times);
  return reference.count === capture.count
    ? byNumber(reference, capture, delay)
    : byTime(reference, capture, delay, times);
}

function byNumber(reference: PictureLook, capture: PictureLook, delay: Delay): Pairing {
  const findings: FileFinding[] = [];
  const [own, others] = [gapOf(capture), gapOf(reference)];
  if (Math.abs(own - others) > SAME_RATE * others) {
    const text = `both files have ${capture.count} pictures, but ${rateText(own)} in the capture and ${rateText(others)} in the reference: they were paired by their number all the same`;
    findings.push({ level: 'warning', code: 'video-rates-differ', file: 'both', text });
  } else if (delay.pictures !== 0 && isClearlyBetter(delay)) {
    const ms = lengthText((Math.abs(delay.pictures) * others) / 1000);
    const text = `the capture shows the reference's pictures ${Math.abs(delay.pictures)} pictures (${ms}) ${delay.pictures > 0 ? 'late' : 'early'}: both files have as many pictures and were paired by their number, so every score holds what does not belong together`;
    findings.push({ level: 'warning', code: 'video-shifted', file: 'both', text });
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
