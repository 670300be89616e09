import type { CertifiedTrace } from './certified-trace.ts';
import { type Decision, notExercised, type Requirement } from './requirement.ts';

type Row = readonly [scenario: string, cites: string, text: string];

/** What a bridge must not get wrong: a row for each scenario of `scenarios/bugs`, which provokes it and looks. A test holds the table against the files. */
const ROWS: readonly Row[] = [
  ['01-polycom-42800d', 'RFC 6184 §8.1, §8.2.2', 'H.264 as a Polycom offers it, 42800d without a mode, is taken'],
  [
    '02-absent-mode-is-zero',
    'RFC 6184 §8.1: when packetization-mode is not present, its value is 0',
    'An offer without packetization-mode is one of mode 0',
  ],
  [
    '03-profiles-by-meaning',
    'RFC 6184 §8.1, Table 5',
    'H.264 profiles are compared by meaning: 428014 is constrained baseline enough',
  ],
  [
    '04-levels-may-differ',
    'RFC 6184 §8.2.2: the level is downgradable, and with level-asymmetry-allowed each has its own',
    'An offered level that is not ours is negotiated, not refused',
  ],
  [
    '05-mode-0-is-not-refused',
    'RFC 6184 §6.2: the single NAL unit mode must be supported by all',
    'packetization-mode=0 alone is taken',
  ],
  [
    '06-five-digit-profile',
    'RFC 6184 §8.1 (three bytes), RFC 3261 §13.3.1.3 (488 is for offers of which nothing can be taken)',
    'The five digits of a TANDBERG 990 MXP do not end the call',
  ],
  [
    '07-profile-belongs-to-its-number',
    'RFC 6184 §8.2.2: profile_idc must be used symmetrically, RFC 3264 §6.1',
    'The answer’s profile is the one that was offered under that payload type',
  ],
  [
    '08-no-fragments-in-mode-0',
    'RFC 6184 §6.2: only single NAL unit packets may be used',
    'Who was promised packetization-mode 0 is sent no fragments',
  ],
  ['09-stap-a-with-parameter-sets', 'RFC 6184 §5.7.1', 'Parameter sets in a STAP-A are taken'],
  ['10-fragment-headers', 'RFC 6184 §5.8', 'Fragments say which NAL unit they are of'],
  [
    '11-constrained-baseline-for-lync',
    'RFC 6184 §8.1 profile-level-id, H.264 A.2.1.1',
    'What is sent as constrained baseline says so in its parameter set',
  ],
  [
    '12-a-common-codec-is-found',
    'RFC 3264 §6: a stream is refused only where no offered format is supported',
    'A common codec behind twelve private ones is found',
  ],
  [
    '13-candidates-once',
    'RFC 8839 §4.2.1.2, RFC 3264 §6',
    'Candidates are given once, and a line that is off does not spoil the others',
  ],
  [
    '14-a-call-id-used-again',
    'RFC 3261 §12.2.2: a dialog is its Call-ID and both tags',
    'A second INVITE with the Call-ID of a call leaves that call alone',
  ],
  ['15-srtp-that-can-be-read', 'RFC 4568 §6.1, RFC 3711 §3.3', 'SRTP is protected with the key that was answered'],
  [
    '16-mki-as-agreed',
    'RFC 4568 §6.1, RFC 3711 §3.1',
    'A key with MKI is either not taken, or its MKI is in each packet',
  ],
  [
    '17-unencrypted-srtcp-is-read-over',
    'RFC 4568 §6.3.3, §9.1',
    '“UNENCRYPTED_SRTCP” behind a Cisco’s key does not end the call',
  ],
  ['18-lifetime-is-not-key', 'RFC 4568 §6.1', 'The lifetime behind a key is no part of the key'],
  [
    '19-lifetime-for-who-asks',
    'RFC 4568 §6.1 (the field is optional: a peer that asks for it is Microsoft’s)',
    'Who writes a lifetime behind its key is answered one',
  ],
  ['20-roll-over-survives-hold', 'RFC 3711 §3.3.1, RFC 3264 §8.4', 'The roll-over counter of SRTP survives a hold'],
  [
    '21-another-ssrc-under-the-key',
    'RFC 3711 §3.2.3: a cryptographic context is kept for each SSRC',
    'A stream that begins anew under the same key is read',
  ],
  ['22-another-ssrc-after-hold', 'RFC 3550 §8.2, RFC 3264 §8.4', 'Who comes back from hold with another SSRC is heard'],
  ['23-bfcp-is-read', 'RFC 8866 §5.14, RFC 8856 §4', 'An m-line of UDP/BFCP does not spoil the description'],
  [
    '24-bfcp-is-answered',
    'RFC 3264 §6: as many m-lines as the offer, in its order',
    'An m-line of UDP/BFCP is answered in its place',
  ],
  ['25-refused-lines-keep-their-place', 'RFC 3264 §6', 'A refused m-line keeps its place in the answer'],
  [
    '26-each-line-its-own-port',
    'RFC 8866 §5.14, RFC 3264 §5.1',
    'Pictures go to the port of the video line, sound to that of the audio line',
  ],
  [
    '27-payload-types-as-the-receiver-says',
    'RFC 3264 §6.1, §5.1: the numbers in a description are those that its sender wants to receive',
    'Each side sends with the payload types of the other’s description',
  ],
  [
    '28-payload-types-after-re-offer',
    'RFC 3264 §8.3.2',
    'A re-offer may give the codec another number, and it is sent with that',
  ],
  [
    '29-events-at-the-clock-of-the-sound',
    'RFC 4733 §2.1: events that share the stream of the sound have its clock rate',
    'telephone-event is agreed at the clock of the sound that it travels with',
  ],
  ['30-keys-have-a-beginning', 'RFC 4733 §2.5.1.2, §2.5.1.4', 'A pressed key has a beginning, not only its end'],
  [
    '31-keys-under-the-agreed-number',
    'RFC 3264 §6.1, RFC 4733 §2.1',
    'Keys come under the payload type that was agreed for them',
  ],
  [
    '32-keys-count-at-their-clock',
    'RFC 4733 §2.3.5: the duration is in timestamp units',
    'The length of a key counts at the agreed clock',
  ],
  ['33-keys-are-no-opus', 'RFC 4733 §2.1, RFC 3550 §5.1', 'Keys are not sent as sound'],
  [
    '34-mono-stays-mono',
    'RFC 7587 §6.1 stereo: mono is preferred where it is absent; §3.4',
    'Who did not ask for stereo is sent mono',
  ],
  [
    '35-opus-is-always-two-channels',
    'RFC 7587 §7: the rtpmap is opus/48000/2, mono or not',
    'Opus is always opus/48000/2',
  ],
  ['36-comfort-noise-ends-no-call', 'RFC 3389 §4, RFC 3551 §6', 'A packet of comfort noise does not end the call'],
  ['37-sound-after-comfort-noise', 'RFC 3389 §4', 'Who spoke after comfort noise is heard'],
  [
    '38-re-invite-is-answered',
    'RFC 3261 §14.2, RFC 3264 §8',
    'A re-INVITE that comes right after the answer is answered',
  ],
  ['39-late-offer', 'RFC 3261 §13.2.1, RFC 3264 §4', 'An INVITE without a description is answered with an offer'],
  [
    '40-bodyless-re-invite',
    'RFC 3261 §14.2, RFC 3264 §8',
    'A re-INVITE without a description is answered with a whole offer',
  ],
  ['41-answer-in-the-ack', 'RFC 3261 §13.2.2.4, RFC 3264 §4', 'Media flow after an answer in the ACK'],
  ['42-a-refused-re-invite-is-tried-again', 'RFC 3261 §14.1', 'A re-INVITE that met another is tried again'],
  ['43-back-off-bands', 'RFC 3261 §14.1', 'After 491, who made the Call-ID waits 2.1 to 4 s'],
  ['44-hold-in-both-ways', 'RFC 3264 §6.1, §8.4', 'Hold is understood as sendonly and as the address 0.0.0.0'],
  [
    '45-inactive-is-answered-inactive',
    'RFC 3264 §6.1: inactive must be answered inactive',
    'inactive is answered inactive, and a second hold is no resume',
  ],
  ['46-another-codec-in-re-invite', 'RFC 3264 §8.3', 'A codec that changes in a re-INVITE changes in the stream'],
  ['47-min-se-is-heeded', 'RFC 4028 §7.1, §7.3', 'A session interval that is too small is asked for again, larger'],
  ['48-refresh-by-update', 'RFC 4028 §7.4, §9; RFC 3311 §5.2', 'A session is refreshed by UPDATE as well'],
  ['49-an-offer-in-prack-is-answered', 'RFC 3262 §5, RFC 6337 §2.2', 'An offer in a PRACK is answered in its 200'],
  [
    '50-a-repeated-183-is-acknowledged-once',
    'RFC 3262 §4',
    'A reliable response that comes twice is acknowledged once, one without a description too',
  ],
  [
    '51-forked-answers',
    'RFC 3261 §13.2.2.4',
    'Of several answers to one INVITE each is acknowledged, and all but one ended',
  ],
  ['52-dtls-roles', 'RFC 8842 §5.3, §5.5; RFC 5763 §5', 'Who answers actpass takes a role, and keeps it'],
  ['53-rtcp-where-it-was-muxed', 'RFC 5761 §5.1.1', 'rtcp-mux that was agreed is kept: RTCP comes to the RTP port'],
  [
    '54-no-mux-unless-agreed',
    'RFC 5761 §5.1.1: without rtcp-mux in both, RTP and RTCP use two ports',
    'RTCP is not muxed onto the RTP port of who did not offer it',
  ],
  ['55-who-is-lite-is-controlled', 'RFC 8445 §6.1.1', 'Towards an ICE-lite peer the full side controls'],
  [
    '56-all-candidates-in-the-answer',
    'RFC 8838 §5, RFC 8839 §4.2.1',
    'Who trickles over SIP without INFO is answered with all candidates',
  ],
  ['57-ice-restarts', 'RFC 8839 §4.4.1.1.1, RFC 8445 §9', 'An ICE restart is answered by a restart'],
  ['58-the-first-picture-is-a-key-frame', 'RFC 6184 §8.4', 'The first picture is a key frame, with its parameter sets'],
  ['59-a-key-frame-for-who-asks-by-info', 'RFC 5168 §7', 'Who cannot send PLI asks by INFO, and is sent a key frame'],
  ['60-asks-as-was-agreed', 'RFC 4585 §4.2, RFC 5104 §7.1', 'A key frame is asked for in the way that was agreed'],
  ['61-a-limit-is-confirmed', 'RFC 5104 §3.5.4.4, §4.2.2', 'A limit by TMMBR is confirmed'],
  ['62-profiles-are-echoed', 'RFC 3264 §6, RFC 8866 §5.14, RFC 5124 §3', 'Each RTP profile is answered with itself'],
  ['63-sender-reports-fit-the-stream', 'RFC 3550 §6.4.1', 'A sender report names the moment of the packets around it'],
  [
    '64-roster-versions',
    'RFC 4575 §4.1, §4.4, §5.1',
    'The roster begins whole, and each later one has the next version',
  ],
  ['65-large-requests-not-over-udp', 'RFC 3261 §18.1.1', 'A request of more than 1300 bytes does not go over UDP'],
  [
    '66-streams-in-any-segments',
    'RFC 3261 §7.5, §18.3; RFC 5626 §4.4.1',
    'Over TCP, a request may come in any pieces, with keep-alives before it',
  ],
];

/** Where the scenarios of a bridge's suite lie, below the scenarios' root. */
export const BRIDGE_TRIALS = 'bugs/';

export const BRIDGE_REQUIREMENTS: readonly Requirement[] = ROWS.map(
  ([scenario, cites, text]): Requirement => ({
    id: `bridge/${scenario}`,
    level: 'must',
    text: `${text}.`,
    cites,
    trial: `${BRIDGE_TRIALS}${scenario}`,
    decide,
  }),
);

/** By what was said to the bridge: that the same look catches a peer which has the bug is the harness's own proof, and no row. */
function decide({ checks }: CertifiedTrace): Decision {
  const check = checks.find(({ id }) => id === 'bug-is-absent:reference');
  if (!check) return notExercised('the conversation was not held');
  const outcome = check.verdict === 'pass' || check.verdict === 'fail' ? check.verdict : 'inconclusive';
  return { outcome, seen: check.measured, evidence: 'events.jsonl' };
}
