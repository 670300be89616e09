import { type Random, seededRandom, VirtualClock } from '@plugfest/model';
import { measurePackets, packetFactsOf } from '@plugfest/quality';
import { formatRtp } from '@plugfest/rtp';
import { ImpairedLine } from '../../packages/wire/src/impairment.ts';
import { MLineStatistics } from '../../packages/wire/src/wire-statistics.ts';
import type { Calibration, CalibrationPoint } from './calibration.ts';
import { numberOf } from './conference-bench.ts';

const PACKETS = 1500;
const TRIALS = 300;
const PACKET_INTERVAL_MS = 20;

/** One participant's stream over a line that loses packets, counted as the wire counts, measured as a run is measured. */
function tryLoss(ratio: number, random: Random) {
  const clock = new VirtualClock(1_000_000);
  const line = new ImpairedLine(clock, random);
  const statistics = new MLineStatistics(clock);
  line.set({ lossRatio: ratio });
  const first = random.uint32() & 0xffff;
  const delivered: number[] = [];
  for (let n = 0; n < PACKETS; n++) {
    const sequenceNumber = (first + n) & 0xffff;
    const packet = formatRtp({
      marker: false,
      payloadType: 96,
      sequenceNumber,
      timestamp: n * 960,
      ssrc: 5,
      csrcs: [],
      payload: new Uint8Array(4),
    });
    line.carry(packet, () => {
      delivered.push(n);
      statistics.count(0, packet);
    });
    clock.advanceMs(PACKET_INTERVAL_MS);
  }
  const { lossRatio } = measurePackets(packetFactsOf({ received: { mLines: statistics.snapshot() } }));
  // What was lost before the first or after the last packet that came, no receiver can know.
  const spanned = (delivered.at(-1) as number) - (delivered[0] as number) + 1;
  return { lossRatio, truth: 1 - delivered.length / spanned };
}

function pointOf(ratio: number): CalibrationPoint {
  const random = seededRandom(11).fork(`loss ${ratio}`);
  let [outside, sum, worst] = [0, 0, 0];
  for (let trial = 0; trial < TRIALS; trial++) {
    const { lossRatio, truth } = tryLoss(ratio, random);
    const value = numberOf(lossRatio) ?? Number.NaN;
    sum += value;
    worst = Math.max(worst, Math.abs(value - truth));
    const { low = 1, high = 0 } = 'value' in lossRatio ? lossRatio : {};
    if (!(low <= ratio && ratio <= high)) outside++;
  }
  // RFC 3550 A.1 puts a new source on probation until two packets follow each other: its count may begin a few packets late.
  const isExact = worst < 8 / PACKETS;
  return {
    series: 'RTP',
    truth: ratio * 100,
    measured: (100 * sum) / TRIALS,
    error: isExact ? (100 * outside) / TRIALS : Number.POSITIVE_INFINITY,
    n: PACKETS * TRIALS,
    note: `${outside} of ${TRIALS} intervals miss it; off the packets really lost by at most ${(worst * 100).toFixed(2)} %`,
  };
}

export const LOSS_CALIBRATION: Calibration = {
  name: 'loss',
  title: 'Packet loss',
  unit: '%',
  // 5 % by definition, and three standard deviations of 300 trials.
  limit: 5 + 3 * Math.sqrt((5 * 95) / TRIALS),
  errorUnit: '% of the intervals',
  about:
    `Streams of ${PACKETS} RTP packets lose 0-20 % of them, each by the dice; loss is counted by sequence numbers at the wire. Reading is the mean of ${TRIALS} ` +
    'streams; the error is the share of streams whose 95 % interval does not hold the injected ratio, without bound where a count is off.',
  run: async () => [0, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2].map(pointOf),
};
