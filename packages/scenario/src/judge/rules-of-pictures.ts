import type { Distribution, Measured, Verdict } from '@plugfest/model';
import { type Bounds, inWords, verdictOfMeasured, verdictOfNumber } from './bounds.ts';
import type { Rule } from './rule.ts';
import { captureEvidence, forEachPair, nameOf, round, tileOf } from './rule.ts';

/** Fewer pictures say nothing. */
const MIN_PICTURES = 5;

const medianOf = (distribution: Distribution | undefined): number | undefined =>
  distribution && 'p50' in distribution ? distribution.p50 : undefined;

const whyNot = (measured: Distribution | Measured | undefined): string =>
  measured && 'notMeasured' in measured ? `not measured: ${measured.notMeasured}` : 'not seen';

/** Each other participant's own code is read from the pictures that the viewer was shown. */
export const sees: Rule = {
  cites: 'Seed rule: each participant sees all the others',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      const share = tile && tile.frames > 0 ? tile.readableFrames / tile.frames : 0;
      const isTooLittle = tile !== undefined && tile.frames > 0 && tile.frames < MIN_PICTURES;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} sees ${nameOf(trace.plan, other)}`,
        verdict: isTooLittle ? 'inconclusive' : verdictOfNumber(share, bounds),
        measured: tile ? `read in ${tile.readableFrames} of ${tile.frames} pictures` : 'never seen',
        limit: `read in at least ${round((bounds.atLeast ?? 0) * 100)} % of the pictures`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `code of ${other}`),
      };
    }),
};

/** The picture is where the bridge announced it, in at least 99 % of the pictures that can be read. */
export const rightTile: Rule = {
  cites: 'Seed rule: who is in which tile is what the roster says',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      // Without an announcement there is nothing to be right about.
      const known = tile && tile.announcedSeat >= 0 && tile.readableFrames >= MIN_PICTURES;
      const share = known ? tile.rightFrames / tile.readableFrames : undefined;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} is shown ${nameOf(trace.plan, other)} in the announced tile`,
        verdict: verdictOfNumber(share, bounds),
        measured: tile
          ? `right in ${tile.rightFrames} of ${tile.readableFrames} readable pictures (seat ${tile.seat}, announced ${tile.announcedSeat})`
          : 'never seen',
        limit: `at least ${round((bounds.atLeast ?? 0) * 100)} % right`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `seat of ${other}`),
      };
    }),
};

/** Distinct source pictures a second. A capture that lost frames cannot prove a rate; it can only disprove it by more than it lost. */
export const frameRate: Rule = {
  cites: 'Seed rule: 12 of 15 pictures a second',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const rate = tileOf(measured, other)?.frameRate;
      const { atLeast = 0 } = bounds;
      const seconds = (trace.measurements.mediaEndUs - trace.measurements.mediaStartUs) / 1e6;
      const dropped = measured?.capture.droppedFrames ?? 0;
      const lost = dropped === 0 ? '' : `; the capture itself lost ${dropped}, which proves nothing`;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, other)} moves smoothly for ${nameOf(trace.plan, viewer)}`,
        verdict: rateVerdict(rate, bounds, dropped / seconds),
        measured: rate && 'value' in rate ? `${inWords(rate)} pictures/s${lost}` : whyNot(rate),
        limit: `at least ${atLeast} pictures/s`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `new pictures of ${other}`),
      };
    }),
};

function rateVerdict(rate: Measured | undefined, bounds: Bounds, lostRate: number): Verdict {
  if (lostRate === 0 || !rate || 'notMeasured' in rate) return verdictOfMeasured(rate, bounds, MIN_PICTURES);
  // At best every lost picture was a new one.
  const atBest = { ...rate, value: rate.value + lostRate, low: rate.low + lostRate, high: rate.high + lostRate };
  return verdictOfMeasured(atBest, bounds, MIN_PICTURES) === 'fail' ? 'fail' : 'inconclusive';
}

/** Share of the measured time in which the picture stood still. */
export const freeze: Rule = {
  cites: 'W3C webrtc-stats freezeCount, totalFreezesDuration',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      const windowMs = (trace.measurements.mediaEndUs - trace.measurements.mediaStartUs) / 1000;
      const share = tile && tile.readableFrames >= MIN_PICTURES ? tile.frozenMs / windowMs : undefined;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, other)} does not freeze for ${nameOf(trace.plan, viewer)}`,
        verdict: freezeVerdict(share, bounds, measured?.capture.droppedFrames ?? 0),
        measured: tile
          ? `${tile.freezes.length} freezes, ${Math.round(tile.frozenMs)} ms of ${Math.round(windowMs)} ms`
          : 'never seen',
        limit: `at most ${round((bounds.atMost ?? 1) * 100)} % of the time`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `freezes of ${other}`, tile?.freezes[0]?.startUs),
      };
    }),
};

/** What the capture lost looks like a freeze: only without loss does one count against the endpoint. */
function freezeVerdict(share: number | undefined, bounds: Bounds, dropped: number): Verdict {
  const verdict = verdictOfNumber(share, bounds);
  return verdict === 'fail' && dropped > 0 ? 'inconclusive' : verdict;
}

/** Glass to glass: median age of the pictures when they were shown. */
export const videoDelay: Rule = {
  cites: 'ITU-T G.1010 table I.1 (conversational video: under 400 ms one way)',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const delay = tileOf(measured, other)?.videoDelayMs;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} sees ${nameOf(trace.plan, other)} without much delay`,
        verdict: verdictOfMeasured(delay, bounds, MIN_PICTURES),
        measured:
          delay && 'p50' in delay
            ? `${inWords({ value: delay.p50, low: delay.low, high: delay.high }, 0)} ms median, glass to glass`
            : whyNot(delay),
        limit: `at most ${bounds.atMost} ms`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `send times in the pictures of ${other}`),
      };
    }),
};

/** Likeness to the frame that was sent: median SSIM of the tile's luma. */
export const pictureQuality: Rule = {
  cites: 'Wang, Bovik, Sheikh, Simoncelli 2004 (SSIM)',
  judge: (trace, { participants, bounds }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      const ssim = medianOf(tile?.ssimY);
      const psnr = medianOf(tile?.psnrY);
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} sees ${nameOf(trace.plan, other)} clearly`,
        verdict: verdictOfMeasured(tile?.ssimY, bounds, MIN_PICTURES),
        measured:
          ssim === undefined
            ? whyNot(tile?.ssimY)
            : `SSIM ${round(ssim, 3)}, PSNR ${psnr === undefined ? 'not measured' : `${round(psnr)} dB`}`,
        limit: `SSIM at least ${bounds.atLeast}`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `pictures of ${other} against what was sent`),
      };
    }),
};
