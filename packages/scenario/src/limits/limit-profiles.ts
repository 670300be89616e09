/** What one source says of one quantity. `atLeast` and `atMost` are in the rule's unit. */
export interface LimitRow {
  readonly profile: string;
  /** The judge's rule. */
  readonly rule: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly source: string;
}

/** What holds where neither scenario nor expectation says otherwise. */
export const DEFAULT_PROFILE = 'conversation';

/** Positive lip sync: sound before picture. Ratios are 0..1, delays ms, rates 1/s. */
export const LIMITS: readonly LimitRow[] = [
  { profile: 'conversation', rule: 'sees', atLeast: 0.9, source: 'Seed rule: each participant sees all the others' },
  {
    profile: 'conversation',
    rule: 'right-tile',
    atLeast: 0.99,
    source: 'Seed rule: who is in which tile is what the roster says',
  },
  { profile: 'conversation', rule: 'frame-rate', atLeast: 12, source: 'Seed rule: 12 of 15 pictures a second' },
  {
    profile: 'conversation',
    rule: 'freeze',
    atMost: 0.05,
    source: 'W3C webrtc-stats freezeCount, totalFreezesDuration',
  },
  {
    profile: 'conversation',
    rule: 'video-delay',
    atMost: 300,
    source: 'ITU-T G.1010 table I.1 (conversational video: under 400 ms one way)',
  },
  {
    profile: 'conversation',
    rule: 'picture-quality',
    atLeast: 0.8,
    source: 'Wang, Bovik, Sheikh, Simoncelli 2004 (SSIM)',
  },
  { profile: 'conversation', rule: 'audio-delay', atMost: 300, source: 'ITU-T G.114 (under 400 ms one way)' },
  {
    profile: 'conversation',
    rule: 'lip-sync',
    atLeast: -185,
    atMost: 90,
    source: 'ITU-R BT.1359-1 (acceptability +90/−185 ms)',
  },
  {
    profile: 'conversation',
    rule: 'packet-loss',
    atMost: 0.01,
    source: 'RFC 3550 §6.4.1 (cumulative number of packets lost); ITU-T G.1010 table I.1 (1 %)',
  },
  {
    profile: 'conversation',
    rule: 'jitter',
    atMost: 30,
    source: 'Microsoft, media quality and network connectivity performance (client to edge: 30 ms)',
  },

  {
    profile: 'g114-preferred',
    rule: 'audio-delay',
    atMost: 150,
    source: 'ITU-T G.114 §II (150 ms: most applications are essentially transparent)',
  },
  {
    profile: 'g114-preferred',
    rule: 'video-delay',
    atMost: 150,
    source: 'ITU-T G.1010 table I.1 (preferred: under 150 ms one way)',
  },
  {
    profile: 'g114-limit',
    rule: 'audio-delay',
    atMost: 400,
    source: 'ITU-T G.114 §4 (400 ms: not to be exceeded in network planning)',
  },
  {
    profile: 'g114-limit',
    rule: 'video-delay',
    atMost: 400,
    source: 'ITU-T G.1010 table I.1 (limit: under 400 ms one way)',
  },

  {
    profile: 'ebu-r37',
    rule: 'lip-sync',
    atLeast: -60,
    atMost: 40,
    source: 'EBU R 37-2007 (+40/−60 ms, the whole chain)',
  },
  {
    profile: 'bt1359-detectability',
    rule: 'lip-sync',
    atLeast: -125,
    atMost: 45,
    source: 'ITU-R BT.1359-1 (detectability +45/−125 ms)',
  },
  {
    profile: 'bt1359-acceptability',
    rule: 'lip-sync',
    atLeast: -185,
    atMost: 90,
    source: 'ITU-R BT.1359-1 (acceptability +90/−185 ms)',
  },

  {
    profile: 'g1010-videophone',
    rule: 'audio-delay',
    atMost: 400,
    source: 'ITU-T G.1010 table I.1 (videophone: under 400 ms one way)',
  },
  {
    profile: 'g1010-videophone',
    rule: 'video-delay',
    atMost: 400,
    source: 'ITU-T G.1010 table I.1 (videophone: under 400 ms one way)',
  },
  {
    profile: 'g1010-videophone',
    rule: 'lip-sync',
    atLeast: -80,
    atMost: 80,
    source: 'ITU-T G.1010 table I.1 (lip-synch under 80 ms)',
  },
  {
    profile: 'g1010-videophone',
    rule: 'packet-loss',
    atMost: 0.01,
    source: 'ITU-T G.1010 table I.1 (videophone: under 1 %)',
  },

  {
    profile: 'sign-language',
    rule: 'frame-rate',
    atLeast: 20,
    source: 'EN 301 549 §6.5.3; ITU-T H-series Supplement 1 (20 pictures/s: good)',
  },
  { profile: 'sign-language', rule: 'lip-sync', atLeast: -100, atMost: 100, source: 'EN 301 549 §6.5.4 (100 ms)' },
  {
    profile: 'sign-language',
    rule: 'video-delay',
    atMost: 400,
    source: 'ITU-T H-series Supplement 1 (under 0.4 s preferred)',
  },

  {
    profile: 'class-a',
    rule: 'audio-delay',
    atMost: 100,
    source: 'TTC JJ-201.01 class A (100 ms), as ITU-T G.1070 is used for planning',
  },
  {
    profile: 'class-b',
    rule: 'audio-delay',
    atMost: 150,
    source: 'TTC JJ-201.01 class B (150 ms), as ITU-T G.1070 is used for planning',
  },
  {
    profile: 'class-c',
    rule: 'audio-delay',
    atMost: 400,
    source: 'TTC JJ-201.01 class C (400 ms), as ITU-T G.1070 is used for planning',
  },

  {
    profile: 'cisco-voice',
    rule: 'packet-loss',
    atMost: 0.01,
    source: 'Cisco, Enterprise QoS Solution Reference Network Design (1 %)',
  },
  {
    profile: 'cisco-voice',
    rule: 'jitter',
    atMost: 30,
    source: 'Cisco, Enterprise QoS Solution Reference Network Design (30 ms)',
  },
  {
    profile: 'microsoft-client',
    rule: 'packet-loss',
    atMost: 0.01,
    source: 'Microsoft, media quality and network connectivity performance (client to edge: 1 % in 15 s)',
  },
  {
    profile: 'microsoft-client',
    rule: 'jitter',
    atMost: 30,
    source: 'Microsoft, media quality and network connectivity performance (client to edge: 30 ms in 15 s)',
  },
  {
    profile: 'microsoft-edge',
    rule: 'packet-loss',
    atMost: 0.001,
    source:
      'Microsoft, media quality and network connectivity performance (customer edge to Microsoft edge: 0.1 % in 15 s)',
  },
  {
    profile: 'microsoft-edge',
    rule: 'jitter',
    atMost: 15,
    source:
      'Microsoft, media quality and network connectivity performance (customer edge to Microsoft edge: 15 ms in 15 s)',
  },
];

/** The row that a rule is held against; undefined where the profile says nothing of it. */
export function limitRow(rule: string, profile: string): LimitRow | undefined {
  return LIMITS.find((row) => row.rule === rule && row.profile === profile);
}

/** Every profile that an expectation can name. */
export const LIMIT_PROFILES: readonly string[] = [...new Set(LIMITS.map(({ profile }) => profile))];
