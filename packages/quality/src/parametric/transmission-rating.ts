/** What the E-model knows of a connection; each with the recommendation's default. @see ITU-T G.107 table 2 */
export interface Connection {
  /** Send and receive loudness ratings, dB. */
  readonly sendLoudnessDb: number;
  readonly receiveLoudnessDb: number;
  /** Sidetone masking rating, dB. */
  readonly sidetoneDb: number;
  /** D-values of the telephones at the send and receive side. */
  readonly sendD: number;
  readonly receiveD: number;
  /** Talker echo loudness rating, dB. */
  readonly talkerEchoDb: number;
  /** Weighted echo path loss, dB. */
  readonly echoPathLossDb: number;
  /** Mean one-way delay of the echo path (T), round trip of the 4-wire loop (Tr) and absolute one-way delay (Ta), ms. */
  readonly meanDelayMs: number;
  readonly roundTripMs: number;
  readonly absoluteDelayMs: number;
  /** Quantizing distortion units. */
  readonly quantizing: number;
  /** Equipment impairment factor, and packet-loss robustness, of the codec. @see ITU-T G.113 appendix I */
  readonly equipment: number;
  readonly robustness: number;
  /** Random packet loss, %, and burst ratio. */
  readonly lossPercent: number;
  readonly burstRatio: number;
  /** Circuit noise, dBm0p, noise floor at the receive side, dBmp, and room noise at both sides, dB(A). */
  readonly circuitNoiseDbm: number;
  readonly noiseFloorDbm: number;
  readonly sendRoomDb: number;
  readonly receiveRoomDb: number;
  /** What users forgive for the sake of access. */
  readonly advantage: number;
  /** Sensitivity to delay and the delay that is not noticed, ms. */
  readonly delaySensitivity: number;
  readonly unnoticedDelayMs: number;
}

export const DEFAULT_CONNECTION: Connection = {
  sendLoudnessDb: 8,
  receiveLoudnessDb: 2,
  sidetoneDb: 15,
  sendD: 3,
  receiveD: 3,
  talkerEchoDb: 65,
  echoPathLossDb: 110,
  meanDelayMs: 0,
  roundTripMs: 0,
  absoluteDelayMs: 0,
  quantizing: 1,
  equipment: 0,
  robustness: 4.3,
  lossPercent: 0,
  burstRatio: 1,
  circuitNoiseDbm: -70,
  noiseFloorDbm: -64,
  sendRoomDb: 35,
  receiveRoomDb: 35,
  advantage: 0,
  delaySensitivity: 1,
  unnoticedDelayMs: 100,
};

/** The rating R and what it is made of. */
export interface Rating {
  readonly rating: number;
  /** Basic signal-to-noise (Ro), simultaneous (Is), delay (Id) and effective equipment (Ie,eff) impairments. */
  readonly signalToNoise: number;
  readonly simultaneous: number;
  readonly delay: number;
  readonly equipment: number;
}

/** The transmission rating R of a narrowband connection: 93.2 by default. @see ITU-T G.107 §7 */
export function transmissionRating(known: Partial<Connection> = {}): Rating {
  const c = { ...DEFAULT_CONNECTION, ...known };
  const noise = totalNoise(c);
  const signalToNoise = 15 - 1.5 * (c.sendLoudnessDb + noise);
  const simultaneous = simultaneousImpairment(c, signalToNoise);
  const delay = delayImpairment(c, signalToNoise);
  const equipment = equipmentImpairment(c);
  const rating = signalToNoise - simultaneous - delay - equipment + c.advantage;
  return { rating, signalToNoise, simultaneous, delay, equipment };
}

/** MOS-CQE of a rating. @see ITU-T G.107 annex B */
export function mosOfRating(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6;
}

/** The sum of powers of all noise at the 0 dBr point, dBm0p. @see ITU-T G.107 §7.2 */
function totalNoise(c: Connection): number {
  const overall = c.sendLoudnessDb + c.receiveLoudnessDb;
  const send = c.sendRoomDb - c.sendLoudnessDb - c.sendD - 100 + 0.004 * (c.sendRoomDb - overall - c.sendD - 14) ** 2;
  const throughSidetone = c.receiveRoomDb + 10 * Math.log10(1 + 10 ** ((10 - (c.sidetoneDb + c.receiveD)) / 10));
  const receive = c.receiveLoudnessDb - 121 + throughSidetone + 0.008 * (throughSidetone - 35) ** 2;
  const floor = c.noiseFloorDbm + c.receiveLoudnessDb;
  return 10 * Math.log10([c.circuitNoiseDbm, send, receive, floor].reduce((sum, db) => sum + 10 ** (db / 10), 0));
}

/** Too loud a connection, sidetone that is not best, and quantizing. @see ITU-T G.107 §7.3 */
function simultaneousImpairment(c: Connection, signalToNoise: number): number {
  const overall = c.sendLoudnessDb + c.receiveLoudnessDb;
  const x = (overall + 0.2 * (64 + totalNoise(c) - c.receiveLoudnessDb)) / 8;
  const tooLoud = 20 * ((1 + x ** 8) ** (1 / 8) - x);
  return tooLoud + sidetoneImpairment(c) + quantizingImpairment(c, signalToNoise);
}

function sidetoneImpairment(c: Connection): number {
  const echo = Math.exp(-c.meanDelayMs / 4) * 10 ** (-c.talkerEchoDb / 10);
  const masking = -10 * Math.log10(10 ** (-c.sidetoneDb / 10) + echo);
  return (
    12 * (1 + ((masking - 13) / 6) ** 8) ** (1 / 8) -
    28 * (1 + ((masking + 1) / 19.4) ** 35) ** (1 / 35) -
    13 * (1 + ((masking - 3) / 33) ** 13) ** (1 / 13) +
    29
  );
}

function quantizingImpairment({ quantizing }: Connection, signalToNoise: number): number {
  const q = 37 - 15 * Math.log10(quantizing);
  const g = 1.07 + 0.258 * q + 0.0602 * q * q;
  const y = (signalToNoise - 100) / 15 + 46 / 8.4 - g / 9;
  const z = 46 / 30 - g / 40;
  return 15 * Math.log10(1 + 10 ** y + 10 ** z);
}

/** Talker echo, listener echo and too long a delay. @see ITU-T G.107 §7.4 */
function delayImpairment(c: Connection, signalToNoise: number): number {
  return talkerEcho(c) + listenerEcho(c, signalToNoise) + longDelay(c);
}

function talkerEcho(c: Connection): number {
  const t = c.meanDelayMs;
  const sidetone = sidetoneImpairment(c);
  const heard = c.talkerEchoDb - 40 * Math.log10((1 + t / 10) / (1 + t / 150)) + 6 * Math.exp(-0.3 * t * t);
  // Little sidetone loss masks echo; the recommendation gives no masking from 9 dB on.
  const masked = c.sidetoneDb < 9 ? heard + sidetone / 2 : heard;
  const excess = (-1.5 * (totalNoise(c) - c.receiveLoudnessDb) - (80 + 2.5 * (masked - 14))) / 2;
  const impairment = (excess + Math.sqrt(excess ** 2 + 100) - 1) * (1 - Math.exp(-t));
  return c.sidetoneDb > 20 ? Math.hypot(impairment, sidetone) : impairment;
}

function listenerEcho(c: Connection, signalToNoise: number): number {
  const rating = 10.5 * (c.echoPathLossDb + 7) * (c.roundTripMs + 1) ** -0.25;
  const excess = (signalToNoise - rating) / 2;
  return excess + Math.sqrt(excess ** 2 + 169);
}

/** What delay alone does to a conversation. */
export function longDelay({
  absoluteDelayMs,
  delaySensitivity,
  unnoticedDelayMs,
}: Pick<Connection, 'absoluteDelayMs' | 'delaySensitivity' | 'unnoticedDelayMs'>): number {
  if (absoluteDelayMs <= unnoticedDelayMs) return 0;
  const x = Math.log2(absoluteDelayMs / unnoticedDelayMs);
  const power = 6 * delaySensitivity;
  return 25 * ((1 + x ** power) ** (1 / power) - 3 * (1 + (x / 3) ** power) ** (1 / power) + 2);
}

/** What the codec and lost packets take. @see ITU-T G.107 §7.5 */
export function equipmentImpairment({
  equipment,
  robustness,
  lossPercent,
  burstRatio,
}: Pick<Connection, 'equipment' | 'robustness' | 'lossPercent' | 'burstRatio'>): number {
  if (lossPercent <= 0) return equipment;
  return equipment + ((95 - equipment) * lossPercent) / (lossPercent / burstRatio + robustness);
}
