import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { leastMs } from '@plugfest/model/cost-fixture';
import { describe, expect, it } from 'vitest';
import { answerOffer } from './answer-offer.ts';
import { applyAnswer } from './apply-answer.ts';
import type { CodecCapability } from './capabilities.ts';
import { CODECS, FULL_CAPABILITIES } from './codec-table.ts';
import { createOffer } from './create-offer.ts';
import { formatSdp } from './format-sdp.ts';
import type { LocalSession } from './local-session.ts';
import { parseSdp } from './parse-sdp.ts';
import type { MediaDescription, SessionDescription } from './session-description.ts';

const CORPUS = fileURLToPath(new URL('../../../../shared/data/sdp', import.meta.url));
const isMissing = !existsSync(CORPUS);
if (isMissing) console.warn(`skipped: no corpus at ${CORPUS}`);

const read = (path: string): string => readFileSync(`${CORPUS}/${path}`, 'latin1');
const files = isMissing
  ? []
  : readdirSync(CORPUS, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sdp'));

const LOCAL: LocalSession = {
  origin: { sessionId: '1', sessionVersion: 1 },
  address: '127.0.0.1',
  media: (['audio', 'audio', 'video', 'video'] as const).map((kind, index) => ({
    kind,
    rtpPort: 5000 + index * 2,
    sdes: { key: new Uint8Array(16), salt: new Uint8Array(14) },
    dtls: { fingerprint: { algorithm: 'sha-256', value: Array(32).fill('00').join(':') } },
  })),
};

/** Prepends a session to what is only a fragment. */
function whole(text: string): string {
  const head = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';
  return text.startsWith('v=') ? text : head + text;
}

function parsed(text: string): SessionDescription {
  const result = parseSdp(text);
  if (!result.ok) throw new Error(`${result.error.code} at ${result.error.offset}: ${result.error.text}`);
  return result.value;
}

/** Reads, writes, answers and applies: nothing may throw or take long. */
function exercise(text: string): void {
  const result = parseSdp(text);
  if (result.ok) {
    expect(parseSdp(formatSdp(result.value)).ok).toBe(true);
    answerOffer(result.value, FULL_CAPABILITIES, LOCAL);
    applyAnswer(createOffer(FULL_CAPABILITIES, LOCAL), result.value, FULL_CAPABILITIES);
    applyAnswer(result.value, result.value, FULL_CAPABILITIES);
  }
}

/** A busy machine is no finding: only what is slow time and again is. */
function survive(text: string): void {
  const work = (): void => exercise(text);
  if (leastMs(work, 1) >= 50) expect(leastMs(work, 10)).toBeLessThan(50);
}

describe.skipIf(isMissing)('descriptions that nobody here wrote', () => {
  it('are many', () => expect(files.length).toBeGreaterThan(100));

  it.each(files)('%s is survived, cut short and with a byte changed too', (file) => {
    const text = whole(read(file));
    survive(text);
    const step = Math.max(1, Math.floor(text.length / 60));
    for (let at = 0; at < text.length; at += step) {
      survive(text.slice(0, at));
      survive(`${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 8)))}${text.slice(at + 1)}`);
    }
  });

  it.each(files.filter((file) => file.startsWith('rfc') && !file.startsWith('rfc4317')))('%s is read', (file) => {
    const known = KNOWN_UNREADABLE[file];
    const result = parseSdp(whole(read(file)));
    expect(result.ok ? 'ok' : result.error.code).toBe(known ?? 'ok');
  });
});

/** Of the RFCs' own examples: what cannot be read, and why. */
const KNOWN_UNREADABLE: Record<string, string> = {};

interface Exchange {
  readonly id: string;
  readonly steps: readonly { readonly label: string; readonly file: string; readonly media: readonly string[] }[];
}

const exchanges: readonly Exchange[] = isMissing
  ? []
  : (JSON.parse(read('rfc4317/offer-answer.json')) as { exchanges: Exchange[] }).exchanges;
const pairs = exchanges.flatMap(({ id, steps }) =>
  steps.flatMap((step, at) => {
    const next = steps[at + 1];
    return at % 2 === 0 && next !== undefined ? [{ id: `${id} ${step.label}`, offer: step, answer: next }] : [];
  }),
);

/** The codecs of RFC 4317's time, as rows: what a test needs to play its parties. */
const row = (encodingName: string, payloadType: number, kind: 'audio' | 'video' = 'audio'): CodecCapability => ({
  ...(kind === 'audio' ? CODECS.pcmu : CODECS.vp8),
  kind,
  encodingName,
  payloadType,
  clockRateHz: kind === 'audio' ? 8000 : 90_000,
  fmtp: {},
});
const ERA = {
  ...FULL_CAPABILITIES,
  answerWith: 'all' as const,
  allowHostNames: true,
  codecs: [
    row('PCMU', 0),
    row('PCMA', 8),
    row('iLBC', 97),
    row('H261', 31, 'video'),
    row('MPV', 32, 'video'),
    CODECS.telephoneEvent,
  ],
};

describe.skipIf(isMissing)('RFC 4317', () => {
  it('has 27 pairs', () => expect(pairs).toHaveLength(27));

  const path = (file: string): string => file.replace('sdp/', '');

  it.each(pairs)('$id: the answer fits the offer', ({ offer, answer }) => {
    const offered = parsed(read(path(offer.file)));
    const answered = parsed(read(path(answer.file)));
    const asRead = ({ media }: SessionDescription): string[] =>
      media.map(({ kind, port, protocol, formats }: MediaDescription) => [kind, port, protocol, ...formats].join(' '));
    expect(asRead(offered)).toEqual(offer.media);
    expect(asRead(answered)).toEqual(answer.media);
    const agreed = applyAnswer(offered, answered, ERA);
    const live = answered.media.filter(({ port, formats }, index) => {
      const isOurs = formats.some((format) => offered.media[index]?.formats.includes(format)) || formats.length > 0;
      return port !== 0 && offered.media[index]?.port !== 0 && isOurs;
    });
    expect(agreed.ok ? agreed.value.length : agreed.error.code).toBe(live.length);
  });

  it.each(pairs)('$id: our answer keeps the rules', ({ offer }) => {
    const offered = parsed(read(path(offer.file)));
    const result = answerOffer(offered, ERA, LOCAL);
    if (!result.ok) throw new Error(result.error.code);
    const { answer } = result.value;
    expect(answer.media.map(({ kind, protocol }) => [kind, protocol])).toEqual(
      offered.media.map(({ kind, protocol }) => [kind, protocol]),
    );
    for (const [index, media] of answer.media.entries()) {
      const formats = offered.media[index]?.formats ?? [];
      expect(media.formats.every((format) => formats.includes(format))).toBe(true);
      if (offered.media[index]?.port === 0) expect(media.port).toBe(0);
    }
    expect(applyAnswer(offered, answer, ERA).ok).toBe(true);
  });
});

describe.skipIf(isMissing)('RFC 6184 §8.3', () => {
  const answerTo = (file: string, codecs = FULL_CAPABILITIES.codecs) =>
    answerOffer(parsed(whole(read(`fragments/${file}`))), { ...FULL_CAPABILITIES, codecs }, LOCAL);
  const fmtpOf = (result: ReturnType<typeof answerTo>): string | undefined =>
    result.ok ? result.value.answer.media[0]?.attributes.find(({ name }) => name === 'fmtp')?.value : undefined;

  it('three modes offered: mode 1 is taken, by its own payload type', () => {
    const result = answerTo('rfc6184-02-line3077.sdp');
    expect(result.ok && result.value.media[0]?.codec).toMatchObject({
      payloadType: 99,
      h264: { packetizationMode: 1 },
    });
  });

  it('the same to one who has mode 0 alone', () => {
    const result = answerTo('rfc6184-02-line3077.sdp', [CODECS.h264Mode0]);
    expect(result.ok && result.value.media[0]?.codec).toMatchObject({
      payloadType: 98,
      h264: { packetizationMode: 0 },
    });
  });

  it('without asymmetry the level goes down to the lower: 42A01E is answered at level 3.0, 42A014 at 2.0', () => {
    expect(fmtpOf(answerTo('rfc6184-04-line3167.sdp'))).toBe('98 profile-level-id=42a01e;packetization-mode=1');
    expect(fmtpOf(answerTo('rfc6184-15-line3305.sdp'))).toBe('98 profile-level-id=42a014;packetization-mode=1');
  });

  it('with asymmetry on both sides the levels stay apart: ours in the answer, theirs to send', () => {
    const result = answerTo('rfc6184-18-line3343.sdp');
    expect(fmtpOf(result)).toContain('level-asymmetry-allowed=1');
    const file = parsed(whole(read('fragments/rfc6184-18-line3343.sdp')));
    const offeredLevel = /profile-level-id=42A0(..)/.exec(formatSdp(file))?.[1] ?? '';
    expect(result.ok && result.value.media[0]?.codec.h264?.sendLevel).toBe(Number.parseInt(offeredLevel, 16));
    expect(fmtpOf(result)).toContain('profile-level-id=42a01f');
  });

  it.each([
    ['04-line3167', '05-line3176', 30],
    ['06-line3198', '07-line3207', 9],
    ['08-line3227', '09-line3236', 9],
    ['10-line3254', '11-line3262', 30],
    ['12-line3276', '13-line3283', 30],
    ['14-line3297', '15-line3305', 20],
    ['16-line3318', '17-line3325', 20],
    ['18-line3343', '19-line3350', 30],
  ])('the pair %s, %s is agreed, and the offerer may send level %i', (offer, answer, sendLevel) => {
    const [offered, answered] = [offer, answer].map((name) => parsed(whole(read(`fragments/rfc6184-${name}.sdp`))));
    const agreed = applyAnswer(offered as SessionDescription, answered as SessionDescription, FULL_CAPABILITIES);
    expect(agreed.ok && agreed.value[0]?.codec.h264).toMatchObject({ packetizationMode: 1, sendLevel });
  });

  it('an offer without media parameters that we know is refused: mode 2 alone', () => {
    const text = read('fragments/rfc6184-02-line3077.sdp').replace('RTP/AVP 100 99 98', 'RTP/AVP 100');
    expect(answerOffer(parsed(whole(text)), FULL_CAPABILITIES, LOCAL).ok).toBe(false);
  });
});
