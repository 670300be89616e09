import { LAYOUT_NAMES } from '@plugfest/model';
import { LEAST_INTERVAL_S, USUAL_INTERVAL_S } from '@plugfest/sip';
import { CONFERENCE_LIMITS, type TransportLimits } from '@plugfest/sip-node';

import { z } from 'zod';
import { admissionConfigSchema } from './admission/admission-policy.ts';
import { ACCESS_MODES } from './conference/door.ts';
import { TRANSPORT_CC } from './leg/capabilities.ts';
import { iceServerSchema } from './whip/ice-server-links.ts';

const limitNames = Object.keys(CONFERENCE_LIMITS) as (keyof TransportLimits)[];

const pin = z.string().regex(/^\d{1,16}$/, 'a PIN is 1 to 16 digits');
/** @see RFC 6750 §2.1 */
const bearerToken = z.string().regex(/^[\w.~+/-]{16,256}=*$/);
const port = z.number().int().min(0).max(65_535);

/** How a bridge is started: one JSON document on its command line. */
export const bridgeConfigSchema = z.object({
  /** Address of all listeners and all media. */
  host: z.string().default('127.0.0.1'),
  /** Domain of the conferences' addresses. */
  domain: z.string().default('bridge.example'),
  /** 0 or none: any free one. */
  ports: z.object({ udp: port, tcp: port, tls: port, ws: port, control: port }).partial().default({}),
  /** PEM. Without it there is no TLS listener. */
  tls: z.object({ key: z.string(), cert: z.string(), ca: z.string().optional() }).optional(),
  /** What a conference is like that nobody made beforehand. */
  conference: z
    .object({
      layout: z.enum(LAYOUT_NAMES),
      width: z.number().int().min(64).max(1920).multipleOf(2),
      height: z.number().int().min(64).max(1080).multipleOf(2),
      frameRate: z.number().min(1).max(60),
      bitrateBps: z.number().min(32_000).max(20_000_000),
      /** Who may come in; `lobby` and `locked` are for all but hosts by PIN. */
      access: z.enum(ACCESS_MODES),
      /** Makes a host of who enters it; all others then wait until one is there. */
      hostPin: pin,
      /** Without it who only presses # is a guest. */
      guestPin: pin,
      /** Whether all hear that somebody comes or goes. */
      tones: z.boolean(),
    })
    .partial()
    .default({}),
  /** Who is asked whether a call may come in; nobody where absent. */
  admission: admissionConfigSchema.optional(),
  /** Whom the bridge may call: host names or addresses, `*.` before a domain for all below it. */
  dialOut: z.object({ hosts: z.array(z.string()) }).default({ hosts: ['127.0.0.1', '::1', 'localhost'] }),
  /** What a participant's REFER may make the bridge do: move it to another room, past no door; and, for hosts of a conference, call whom `hosts` names. */
  referrals: z.object({ rooms: z.boolean().default(true), hosts: z.array(z.string()).default([]) }).prefault({}),
  /** Directory for recordings; without it there are none. It must be there. */
  recordings: z.string().optional(),
  /** A participant of whom neither RTP nor RTCP came for so long, having come before, is hung up on. */
  mediaTimeoutMs: z.number().min(1000).default(30_000),
  /** How often a call is to be refreshed, with peers that can; who asks for less than `leastS` is told so by 422. @see RFC 4028 */
  sessionTimer: z
    .object({
      intervalS: z.number().int().min(LEAST_INTERVAL_S).max(86_400).default(USUAL_INTERVAL_S),
      leastS: z.number().int().min(LEAST_INTERVAL_S).max(86_400).default(LEAST_INTERVAL_S),
      /** Where the peer leaves it open; without it the caller does. */
      refresher: z.enum(['we', 'they']).optional(),
    })
    .prefault({}),
  /**
   * With which WebRTC peers that offer it there is feedback about when each packet came, both ways: those who send nothing, such as WHEP's, or all. To a
   * peer that sends, the delays of a busy bridge look like those of its path. @see draft-holmer-rmcat-transport-wide-cc-extensions-01
   */
  transportCc: z.enum(TRANSPORT_CC).default('viewers'),
  /** What one peer may ask of signalling, where that is to differ from `CONFERENCE_LIMITS`. */
  limits: z.partialRecord(z.enum(limitNames), z.number().positive()).default({}),
  /** Who steers the bridge must say it, as a bearer token. Needed where `host` is not the loopback. */
  controlToken: bearerToken.optional(),
  /** Publishers and viewers without SIP, on the control API's port, under `/whip/` and `/whep/`. @see RFC 9725 */
  whip: z
    .object({
      /** Who comes in must say it, as a bearer token; it steers nothing. */
      token: bearerToken.optional(),
      /** Whose pages may come in, such as `https://studio.example`; `*` for all. */
      origins: z.array(z.string()).default([]),
      /** STUN and TURN servers that clients are told of. */
      iceServers: z.array(iceServerSchema).max(16).default([]),
      /** Whose offer takes longer to arrive is cut. */
      bodyTimeoutMs: z.number().min(50).max(60_000).default(5000),
    })
    .prefault({}),
  /** Lets the control API break things on purpose. */
  sabotage: z.boolean().default(false),
});
export type BridgeConfig = z.output<typeof bridgeConfigSchema>;
export type BridgeOptions = z.input<typeof bridgeConfigSchema>;

/** What a conference may be told to be, beside its name. */
export const conferenceSettingsSchema = bridgeConfigSchema.shape.conference.unwrap();

/** Where a bridge listens, as `host:port`; `ws` and `http`, for WHIP and WHEP, as URLs. */
export interface BridgeAddresses {
  readonly udp: string;
  readonly tcp: string;
  readonly tls?: string;
  readonly ws: string;
  readonly http: string;
}
