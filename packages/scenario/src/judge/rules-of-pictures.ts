import type { Distribution, Verdict } from '@plugfest/model';
import type { Rule } from './rule.ts';
import { captureEvidence, forEachPair, nameOf, round, tileOf } from './rule.ts';

const verdictOfNumber = (value: number | undefined, holds: (value: number) => boolean): Verdict =>
  value === undefined ? 'inconclusive' : holds(value) ? 'pass' : 'fail';

const medianOf = (distribution: Distribution | undefined): number | undefined =>
  distribution && 'p50' in distribution ? distribution.p50 : undefined;

const whyNot = (measured: Distribution | { notMeasured: string } | object | undefined): string =>
  measured && 'notMeasured' in measured ? `not measured: ${measured.notMeasured}` : 'not seen';

/** Each other participant's own code is read from the pictures that the viewer was shown. */
export const sees: Rule = {
  cites: 'Seed rule: each participant sees all the others',
  limit: 0.9,
  judge: (trace, { participants, limit }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      const share = tile && tile.frames > 0 ? tile.readableFrames / tile.frames : 0;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} sees ${nameOf(trace.plan, other)}`,
        verdict: share >= limit ? 'pass' : 'fail',
        measured: tile ? `read in ${tile.readableFrames} of ${tile.frames} pictures` : 'never seen',
        limit: `read in at least ${round(limit * 100)} % of the pictures`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `code of ${other}`),
      };
    }),
};

/** The picture is where the bridge announced it, in at least 99 % of the pictures that can be read. */
export const rightTile: Rule = {
  cites: 'Seed rule: who is in which tile is what the roster says',
  limit: 0.99,
  judge: (trace, { participants, limit }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      // Without an announcement there is nothing to be right about.
      const known = tile && tile.announcedSeat >= 0 && tile.readableFrames > 0;
      const share = known ? tile.rightFrames / tile.readableFrames : undefined;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} is shown ${nameOf(trace.plan, other)} in the announced tile`,
        verdict: verdictOfNumber(share, (value) => value >= limit),
        measured: tile
          ? `right in ${tile.rightFrames} of ${tile.readableFrames} readable pictures (seat ${tile.seat}, announced ${tile.announcedSeat})`
          : 'never seen',
        limit: `at least ${round(limit * 100)} % right`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `seat of ${other}`),
      };
    }),
};

/** Distinct source pictures a second. */
export const frameRate: Rule = {
  cites: 'Seed rule: 12 of 15 pictures a second',
  limit: 12,
  judge: (trace, { participants, limit }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const rate = tileOf(measured, other)?.frameRate;
      const value = rate && 'value' in rate ? rate.value : undefined;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, other)} moves smoothly for ${nameOf(trace.plan, viewer)}`,
        verdict: verdictOfNumber(value, (fps) => fps >= limit),
        measured: value === undefined ? whyNot(rate) : `${round(value)} pictures/s`,
        limit: `at least ${limit} pictures/s`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `new pictures of ${other}`),
      };
    }),
};

/** Share of the measured time in which the picture stood still. */
export const freeze: Rule = {
  cites: 'W3C webrtc-stats freezeCount, totalFreezesDuration',
  limit: 0.05,
  judge: (trace, { participants, limit }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      const windowMs = (trace.measurements.mediaEndUs - trace.measurements.mediaStartUs) / 1000;
      const share = tile && tile.readableFrames > 0 ? tile.frozenMs / windowMs : undefined;
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, other)} does not freeze for ${nameOf(trace.plan, viewer)}`,
        verdict: verdictOfNumber(share, (value) => value <= limit),
        measured: tile
          ? `${tile.freezes.length} freezes, ${Math.round(tile.frozenMs)} ms of ${Math.round(windowMs)} ms`
          : 'never seen',
        limit: `at most ${round(limit * 100)} % of the time`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `freezes of ${other}`, tile?.freezes[0]?.startUs),
      };
    }),
};

/** Glass to glass: median age of the pictures when they were shown. */
export const videoDelay: Rule = {
  cites: 'ITU-T G.1010 table I.1 (conversational video: under 400 ms one way)',
  limit: 300,
  judge: (trace, { participants, limit }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const delay = tileOf(measured, other)?.videoDelayMs;
      const value = medianOf(delay);
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} sees ${nameOf(trace.plan, other)} without much delay`,
        verdict: verdictOfNumber(value, (ms) => ms <= limit),
        measured: value === undefined ? whyNot(delay) : `${round(value, 0)} ms median, glass to glass`,
        limit: `at most ${limit} ms`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `send times in the pictures of ${other}`),
      };
    }),
};

/** Likeness to the frame that was sent: median SSIM of the tile's luma. */
export const pictureQuality: Rule = {
  cites: 'Wang, Bovik, Sheikh, Simoncelli 2004 (SSIM)',
  limit: 0.8,
  judge: (trace, { participants, limit }) =>
    forEachPair(trace, participants, (viewer, other, measured) => {
      const tile = tileOf(measured, other);
      const ssim = medianOf(tile?.ssimY);
      const psnr = medianOf(tile?.psnrY);
      return {
        about: `${viewer}:${other}`,
        title: `${nameOf(trace.plan, viewer)} sees ${nameOf(trace.plan, other)} clearly`,
        verdict: verdictOfNumber(ssim, (value) => value >= limit),
        measured:
          ssim === undefined
            ? whyNot(tile?.ssimY)
            : `SSIM ${round(ssim, 3)}, PSNR ${psnr === undefined ? 'not measured' : `${round(psnr)} dB`}`,
        limit: `SSIM at least ${limit}`,
        participants: [viewer, other],
        evidence: captureEvidence(trace, viewer, `pictures of ${other} against what was sent`),
      };
    }),
};
