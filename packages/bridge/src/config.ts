import type { LayoutName } from '@plugfest/model';
import { z } from 'zod';

/** How a bridge is started: one JSON document on its command line. */
export const bridgeConfigSchema = z.object({
  /** Address of all listeners and all media. */
  host: z.string().default('127.0.0.1'),
  /** Domain of the conferences' addresses. */
  domain: z.string().default('bridge.example'),
  ports: z
    .object({
      udp: z.number().int(),
      tcp: z.number().int(),
      tls: z.number().int(),
      ws: z.number().int(),
      control: z.number().int(),
    })
    .partial()
    .default({}),
  /** Without it there is no TLS listener. */
  tls: z.object({ key: z.string(), cert: z.string(), ca: z.string().optional() }).optional(),
  /** What a conference is like that nobody made beforehand. */
  conference: z
    .object({
      layout: z.enum(['single', 'equal-2x2', 'one-plus-five'] satisfies LayoutName[]),
      width: z.number().int(),
      height: z.number().int(),
      frameRate: z.number(),
      bitrateBps: z.number(),
    })
    .partial()
    .default({}),
  /** Lets the control API break things on purpose. */
  sabotage: z.boolean().default(false),
});
export type BridgeConfig = z.output<typeof bridgeConfigSchema>;
export type BridgeOptions = z.input<typeof bridgeConfigSchema>;

/** Where a bridge listens, as `host:port`; `ws` and `control` as URLs. */
export interface BridgeAddresses {
  readonly udp: string;
  readonly tcp: string;
  readonly tls?: string;
  readonly ws: string;
}
