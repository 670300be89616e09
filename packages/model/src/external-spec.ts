import { z } from 'zod';

/** Seconds that a person has for what they are asked. */
const timeLimitS = z.number().positive().max(3600).optional();

/**
 * A device under test of others: what plays the participant where none of our endpoints does. Four forms, one contract: `docs/certify.md`.
 * Paths are absolute when they come into a plan.
 */
export const externalSpecSchema = z.discriminatedUnion('form', [
  z.strictObject({
    /** Hardware with a SIP address: a person at the terminal does what it is to do. */
    form: z.literal('device'),
    /** `calls`: it calls us. `is-called`: the conference calls it. */
    direction: z.enum(['calls', 'is-called']),
    /** Its address, `sip:user@host:port`; needed where it is called. */
    uri: z.string().optional(),
    /** Address of this machine in the device's network; 127.0.0.1 where absent. */
    host: z.string().optional(),
    timeLimitS,
  }),
  z.strictObject({
    /** A web page in Chromium, operated by a page object. */
    form: z.literal('page'),
    url: z.string(),
    /** A module whose default export is a `PageObject`. */
    script: z.string(),
  }),
  z.strictObject({
    /** A program. */
    form: z.literal('command'),
    command: z.array(z.string()).min(1),
    directory: z.string().optional(),
  }),
  z.strictObject({
    /** The same program in a container. */
    form: z.literal('container'),
    image: z.string(),
    command: z.array(z.string()).optional(),
    /** Names of variables that it is given from the harness's own environment: values would stand in every plan. */
    environment: z.array(z.string().regex(/^[A-Za-z_]\w*$/)).optional(),
  }),
]);
export type ExternalSpec = z.infer<typeof externalSpecSchema>;

/** What a command or a container writes into its result file when it ends. */
export const externalResultSchema = z.object({
  outcome: z.enum(['ok', 'failed', 'unsupported']),
  reason: z.string().max(2000).optional(),
  /** Name and version of what was run. */
  software: z.string().max(200).optional(),
});
export type ExternalResult = z.infer<typeof externalResultSchema>;
