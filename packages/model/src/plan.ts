import { z } from 'zod';
import { externalSpecSchema } from './external-spec.ts';
import { networkSchema } from './impairment.ts';
import { LAYOUT_NAMES } from './layout.ts';

export const ENDPOINT_KINDS = [
  'sip-room',
  'browser',
  'firefox',
  'webrtc-node',
  'federated',
  'baresip',
  'gstreamer',
  'external',
] as const;
export const endpointKindSchema = z.enum(ENDPOINT_KINDS);
export type EndpointKind = z.infer<typeof endpointKindSchema>;

/** What can be broken on purpose, so that every check can be seen to fail. */
export const SABOTAGE_KINDS = [
  'freeze',
  'black',
  'mute',
  'one-way',
  'wrong-tile',
  'delay',
  'lipsync',
  'loss',
  'own-voice',
  'h264-after-reinvite',
  'timestamp-reset',
  'event-clock',
] as const;
export const sabotageSchema = z.object({
  participant: z.string(),
  kind: z.enum(SABOTAGE_KINDS),
  /** Milliseconds for `delay` and `lipsync`, a ratio in 0..1 for `loss`. */
  amount: z.number().optional(),
  /** When it begins, counted from the start of camera and microphone; only where these are what is broken. */
  fromMs: z.number().optional(),
  /** When it ends, counted likewise. */
  untilMs: z.number().optional(),
});
export type Sabotage = z.infer<typeof sabotageSchema>;

export const participantPlanSchema = z.object({
  /** Kebab-case, unique in the run. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/),
  /** 0..62: what its frames carry; 63 marks a frame that is nobody's. */
  number: z.number().int().min(0).max(62),
  /** As people read it: the label in the picture. */
  name: z.string(),
  kind: endpointKindSchema,
  /** E.g. `cisco-telepresence`, `lync-2013-desktop`, `lync-mobile`, `skype-desktop`, `chromium`, `wrtc`. */
  profile: z.string(),
  uri: z.string(),
  /** The client's version where the profile has versions. */
  clientVersion: z.string().optional(),
  /** True where the product is simulated from recorded facts: the report says so. */
  simulated: z.boolean(),
  /** Seed of its look and its voice. */
  look: z.number().int(),
  video: z.object({ width: z.number(), height: z.number(), frameRate: z.number() }),
  /** What it offers of all that it can; everything where absent. */
  offers: z
    .object({
      /** The encoding name of the only audio codec. */
      audio: z.string().optional(),
      /** Of H.264, the only one. @see RFC 6184 §8.1 */
      packetizationMode: z.union([z.literal(0), z.literal(1)]).optional(),
      keying: z.enum(['none', 'SDES']).optional(),
    })
    .optional(),
  /** The network between it and the conference; a perfect one where absent. */
  network: networkSchema.optional(),
  /** What a SIP room leaves out of its INVITE. */
  leavesOut: z.object({ headers: z.array(z.string()), sdpLines: z.array(z.string()) }).optional(),
  /** Of kind `external`: what plays it. */
  external: externalSpecSchema.optional(),
});
export type ParticipantPlan = z.infer<typeof participantPlanSchema>;

/** Requests of one method, and how each of them must end. */
export const peerExchangeSchema = z.object({
  method: z.string(),
  /** Who answers. */
  by: z.enum(['bridge', 'peer']),
  statusCode: z.number().int(),
  /** So many at least. */
  count: z.number().int().min(1),
});
export type PeerExchange = z.infer<typeof peerExchangeSchema>;

/** A program of others that speaks SIP with the bridge and has no media: it is judged by its own exit code and by what passed on the wire. */
export const peerPlanSchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/),
  name: z.string(),
  /** E.g. `sipp-uac`, `sipsak-options`. */
  profile: z.string(),
  exchanges: z.array(peerExchangeSchema),
});
export type PeerPlan = z.infer<typeof peerPlanSchema>;

/** What a scenario expects, as data, so that a verdict can be given again from disk: a rule of the judge and what to hold it against. */
export const expectationSchema = z.object({
  rule: z.string(),
  level: z.enum(['must', 'should', 'may']),
  /** Overrides the rule's own citation. */
  cites: z.string().optional(),
  /** Overrides the profile's limit, in the rule's unit; of a range: as far as that to either side. */
  limit: z.number().optional(),
  /** The limit profile that it is held against, e.g. `ebu-r37`; `conversation` where absent. */
  profile: z.string().optional(),
  /** The participants that it speaks of; all where absent. */
  participants: z.array(z.string()).optional(),
  /** For `refused-by-rule`: the federation rule that must be named. */
  federationRule: z.string().optional(),
});
export type Expectation = z.infer<typeof expectationSchema>;

export const planSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  scenario: z.object({
    id: z.string(),
    title: z.string(),
    file: z.string(),
    story: z.string().default(''),
    /** Of a matrix’s scenario: its row. */
    row: z.record(z.string(), z.string()).optional(),
  }),
  seed: z.number().int(),
  createdAt: z.string(),
  /** The exact command that runs this again. */
  command: z.string(),
  participants: z.array(participantPlanSchema),
  /** A program that must be on this machine though no participant or peer is played by it. */
  tools: z.array(z.string()).optional(),
  /** Besides the participants. */
  peers: z.array(peerPlanSchema).default([]),
  conference: z.object({
    uri: z.string(),
    /** Whose conference it is, where it is not our bridge's. */
    bridge: z.object({ adapter: z.enum(['sip-uri', 'janus']), address: z.string() }).optional(),
    /** Of whom a real one stands before the bridge: all calls go through it. */
    proxy: z.enum(['kamailio']).optional(),
    layout: z.enum(LAYOUT_NAMES),
    width: z.number(),
    height: z.number(),
    frameRate: z.number(),
  }),
  mediaMs: z.number(),
  expectations: z.array(expectationSchema),
  /** `satisfied`: the rule that a negative twin breaks was left whole on purpose, so that the twin must fail. */
  variant: z.enum(['as-written', 'satisfied']).default('as-written'),
  sabotage: z.array(sabotageSchema).default([]),
  /** Federation policy, as far as the scenario sets one; free-form here, typed in `federation`. */
  federation: z.record(z.string(), z.unknown()).optional(),
  /** Versions of what took part: node, ffmpeg, chromium, sipp, this project, the machine. */
  environment: z.record(z.string(), z.string()),
});
export type Plan = z.infer<typeof planSchema>;
