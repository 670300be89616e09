import { z } from 'zod';

const ratio = z.number().min(0).max(1);
const ms = z.number().min(0).max(60_000);

/**
 * What a network does to the packets of one direction. Loss comes first, then the size limit, then the queue in front of the line, then what happens on the way.
 * Names and meanings are those of Linux's netem where it has them.
 */
export const impairmentSchema = z
  .strictObject({
    /** Share of packets that are lost, each on its own. */
    lossRatio: ratio.optional(),
    /** Loss in bursts: a chain of two states, asked once a packet. @see Gilbert 1960, Elliott 1963 */
    burstLoss: z
      .strictObject({
        /** Probabilities of going from good to bad, and back. */
        toBad: ratio,
        toGood: ratio,
        lossInBad: ratio.default(1),
        lossInGood: ratio.default(0),
      })
      .optional(),
    /** From time to time nothing comes through for so long; the first outage ends the first period. */
    outage: z.strictObject({ everyMs: ms, lengthMs: ms }).optional(),
    /** UDP payloads that are longer are lost. */
    mtuBytes: z.number().int().min(1).optional(),
    /** Bits a second that the line takes, IPv4 and UDP headers counted in. */
    rateBps: z.number().positive().optional(),
    /** What does not fit in front of the line is lost. Default: 64 KiB. */
    queueBytes: z.number().positive().optional(),
    delayMs: ms.optional(),
    /** Spread of the delay; what it means is its shape's. */
    jitterMs: ms.optional(),
    /** `uniform` (default): 0…jitterMs more. `normal`: jitterMs is the standard deviation, cut at three. `pareto`: a heavy tail with jitterMs as its mean, cut at ten. */
    jitterShape: z.enum(['uniform', 'normal', 'pareto']).optional(),
    /** Whether packets may overtake each other by jitter. Default: they may not. */
    mayOvertake: z.boolean().optional(),
    /** Share of packets that are not delayed, and so overtake those that are. */
    reorderRatio: ratio.optional(),
    duplicateRatio: ratio.optional(),
    /** Share of packets in which one bit is turned. */
    corruptRatio: ratio.optional(),
  })
  .readonly();
export type Impairment = z.infer<typeof impairmentSchema>;

/** What happens to streams of TCP: no byte of them is lost, but they come late, slowly, stand still, or are broken off. */
export const streamImpairmentSchema = z
  .strictObject({
    delayMs: ms.optional(),
    rateBps: z.number().positive().optional(),
    /** The last so many milliseconds of each period nothing comes through; it comes when they are over. */
    stall: z.strictObject({ everyMs: ms, lengthMs: ms }).optional(),
    /** A connection is reset when so many bytes have passed, both ways together. */
    resetAfterBytes: z.number().int().min(1).optional(),
    /** So many of the connections, the first ones. Default: 1. */
    resets: z.number().int().min(1).optional(),
  })
  .readonly();
export type StreamImpairment = z.infer<typeof streamImpairmentSchema>;

/** From the participant's point of view; times of a script count from the opening of its wire. */
export const networkSchema = z
  .strictObject({
    /** The named profile that this came from. */
    profile: z.string().optional(),
    sent: impairmentSchema.optional(),
    received: impairmentSchema.optional(),
    /** Of its signalling, where that goes over TCP, TLS or WebSocket. */
    signalling: streamImpairmentSchema.optional(),
    /** What holds from later times on, instead of all before. */
    script: z
      .array(
        z.strictObject({
          atMs: z.number().min(0),
          sent: impairmentSchema.optional(),
          received: impairmentSchema.optional(),
        }),
      )
      .optional(),
  })
  .readonly();
export type Network = z.infer<typeof networkSchema>;
