import { z } from 'zod';

/**
 * One line of `events.jsonl`: what happened, when, to whom. `type` is dotted and stable, e.g. `run.started`, `participant.joining`,
 * `participant.joined`, `participant.refused`, `participant.left`, `media.started`, `media.stopped`, `bridge.started`, `conference.layout`,
 * `policy.decision`, `sip.message`, `harness.error`.
 */
export const eventSchema = z.object({
  /** Microseconds on the run's clock. */
  atUs: z.number(),
  type: z.string(),
  participant: z.string().optional(),
  data: z.record(z.string(), z.unknown()).default({}),
});
export type RunEvent = z.infer<typeof eventSchema>;

/** `data` of a `sip.message` event: one message as it crossed the wire, secrets already redacted. */
export const sipMessageSchema = z.object({
  transport: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
  /** `address:port`, IPv6 in brackets. */
  source: z.string(),
  destination: z.string(),
  /** Names for the ladder, e.g. `lync-desktop`, `edge.corp.example`, `bridge`. */
  from: z.string(),
  to: z.string(),
  /** The message, one character a byte (latin1), so that nothing is lost. */
  message: z.string(),
});
export type SipMessageEvent = z.infer<typeof sipMessageSchema>;
