import { z } from 'zod';

/** A number that was measured, with what it takes to trust it; or why there is none. Never a guess. */
export const measuredSchema = z.union([
  z.object({
    value: z.number(),
    unit: z.string(),
    /** Number of samples behind it. */
    n: z.number().int(),
    /** The 95 % interval, or what bounds the value where `method` says so. */
    low: z.number(),
    high: z.number(),
    method: z.string(),
  }),
  z.object({ notMeasured: z.string() }),
]);
export type Measured = z.infer<typeof measuredSchema>;

/** A distribution: percentiles in its unit. */
export const distributionSchema = z.union([
  z.object({
    unit: z.string(),
    n: z.number().int(),
    min: z.number(),
    p5: z.number(),
    p50: z.number(),
    p95: z.number(),
    max: z.number(),
    mean: z.number(),
    /** The 95 % interval of the median. */
    low: z.number(),
    high: z.number(),
    method: z.string(),
  }),
  z.object({ notMeasured: z.string() }),
]);
export type Distribution = z.infer<typeof distributionSchema>;

export const freezeSchema = z.object({ startUs: z.number(), durationMs: z.number() });

/** One participant as another saw it. */
export const tileSchema = z.object({
  /** Whose picture this is, by the code in its frames. */
  participant: z.string(),
  /** Seat in the layout where it was mostly seen, and where the bridge said that it is (-1: unknown). */
  seat: z.number().int(),
  announcedSeat: z.number().int(),
  rect: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  /**
   * `frames`: shown pictures in which this participant was announced (all where it never was). `readableFrames`: those in which its code was
   * read, in whatever seat. `rightFrames`: those in which it was read in the announced seat and in no other. `strangerFrames`: those in which
   * somebody else's code was read in its announced seat.
   */
  frames: z.number().int(),
  readableFrames: z.number().int(),
  rightFrames: z.number().int(),
  strangerFrames: z.number().int().optional(),
  /** Distinct source frames a second. */
  frameRate: measuredSchema,
  freezes: z.array(freezeSchema),
  frozenMs: z.number(),
  /** Glass to glass: shown minus sent. */
  videoDelayMs: distributionSchema,
  /** Against the sent frame, scaled to the tile, luma. */
  psnrY: distributionSchema,
  ssimY: distributionSchema,
  meanLuma: measuredSchema,
  /** Video delay minus audio delay of the same participant: positive where the sound comes first. */
  lipSyncMs: measuredSchema,
  /** For the plot over time: one row a shown picture `[atMs since media start, delayMs, psnrY, ssimY, frameNumber]`. */
  series: z.array(z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()])),
});
export type TileMeasurement = z.infer<typeof tileSchema>;

/** One participant as another heard it. */
export const voiceSchema = z.object({
  participant: z.string(),
  heard: z.boolean(),
  /** Level against what was sent. */
  levelDb: measuredSchema,
  /** Mouth to ear: played minus spoken. */
  audioDelayMs: measuredSchema,
  /** Heard: how much of the mix, the other voices taken out, is this voice (0..1). Not heard: peak of the correlation with the known speech. */
  correlation: z.number(),
  /**
   * Height of the correlation's peak over the spread of all other delays, in sigmas: what `heard` is decided by. Absent where there was nothing
   * to look in or for (no sound, speech not known, speaker silent): then `heard: false` says nothing, and `levelDb` has the reason.
   */
  prominence: z.number().optional(),
});
export type VoiceMeasurement = z.infer<typeof voiceSchema>;

/** From the announcement that a participant is in a seat to the first picture in which it is seen there. */
export const viewChangeSchema = z.object({
  atUs: z.number(),
  participant: z.string(),
  seat: z.number().int(),
  /** Null where it was not seen there before the next announcement or the end. */
  waitMs: z.number().nullable(),
});
export type ViewChange = z.infer<typeof viewChangeSchema>;

/** How long people wait. */
export const interactionSchema = z.object({
  /** From the call to the first picture, and to the first sound. */
  firstPictureMs: measuredSchema,
  firstSoundMs: measuredSchema,
  /** From an announced change of the picture until it is seen: key frame, jitter buffer and decoder in one. */
  viewChangeMs: measuredSchema,
  viewChanges: z.array(viewChangeSchema),
});
export type Interaction = z.infer<typeof interactionSchema>;

/** Two witnesses of the same thing. */
export const corroborationSchema = z.object({
  /** Stable, e.g. `frames-shown`. */
  id: z.string(),
  what: z.string(),
  unit: z.string(),
  /** Who says how much: exactly the witnesses that there are. */
  claims: z.array(z.object({ source: z.string(), value: z.number() })),
  /** Claims may be so far apart. */
  tolerance: z.number(),
  agrees: z.boolean(),
});
export type Corroboration = z.infer<typeof corroborationSchema>;

export const viewerSchema = z.object({
  viewer: z.string(),
  capture: z.object({
    file: z.string(),
    videoFrames: z.number().int(),
    audioMs: z.number(),
    droppedFrames: z.number().int(),
    fault: z.string().optional(),
    /** How wrong its times may be against the run's clock: the mapping of another clock, and the file's resolution. */
    clockErrorMs: measuredSchema.optional(),
  }),
  /** Of the whole picture: new pictures a second. */
  frameRate: measuredSchema,
  tiles: z.array(tileSchema),
  voices: z.array(voiceSchema),
  ownVoice: voiceSchema,
  /** PNG of what was seen, relative to the run's directory. */
  picture: z.string().optional(),
  /** RTP as the wire saw it. */
  packets: z.object({ lossRatio: measuredSchema, jitterMs: measuredSchema }),
  interaction: interactionSchema.optional(),
  corroborations: z.array(corroborationSchema).optional(),
});
export type ViewerMeasurement = z.infer<typeof viewerSchema>;

/** How a join that was refused ended: which rule, in which message. */
export const refusalSchema = z.object({
  participant: z.string(),
  statusCode: z.number().int(),
  reasonPhrase: z.string(),
  /** The federation rule's name as the refusal's `ms-diagnostics` gives it, e.g. `provider-enabled`; null where none is named. */
  rule: z.string().nullable(),
  diagnostics: z.string().nullable(),
  atUs: z.number(),
});
export type Refusal = z.infer<typeof refusalSchema>;

/** What an examination of a stream's packets found. */
export const streamExaminationSchema = z.object({
  /** Packets or whole events that were looked at. */
  judged: z.number().int(),
  faults: z.number().int(),
  /** The first of the faults: when, on the run's clock, and the packet's number in `captures/run.pcapng`. */
  first: z.array(z.object({ atUs: z.number(), packet: z.number().int(), text: z.string() })),
});
export type StreamExaminationRow = z.infer<typeof streamExaminationSchema>;

/** One stream of RTP as the wire saw it. An examination is absent where there was nothing for it. */
export const streamSchema = z.object({
  participant: z.string(),
  /** From the participant's point of view. */
  direction: z.enum(['sent', 'received']),
  medium: z.string(),
  ssrc: z.number().int(),
  packets: z.number().int(),
  timeline: streamExaminationSchema.optional(),
  h264: streamExaminationSchema.optional(),
  events: streamExaminationSchema.optional(),
});
export type StreamMeasurement = z.infer<typeof streamSchema>;

export const measurementsSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  mediaStartUs: z.number(),
  mediaEndUs: z.number(),
  joined: z.array(z.string()),
  refusals: z.array(refusalSchema),
  viewers: z.array(viewerSchema),
  /** Absent where the run's packets were not recorded. */
  streams: z.array(streamSchema).optional(),
  /** What measuring itself weighed: the harness's share of the machine's processors while media were measured, 0..1. */
  harness: z.object({ cpuLoad: measuredSchema }).optional(),
});
export type Measurements = z.infer<typeof measurementsSchema>;
