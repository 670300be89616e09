import { createHash } from 'node:crypto';
import { BRIDGE_REQUIREMENTS } from './bridge-requirements.ts';
import { DIALOG_REQUIREMENTS } from './dialog-requirements.ts';
import { FEDERATED_REQUIREMENTS } from './federated-requirements.ts';
import { LINT_REQUIREMENTS } from './lint-requirements.ts';
import { MEDIA_REQUIREMENTS } from './media-requirements.ts';
import type { Requirement } from './requirement.ts';
import { RTP_REQUIREMENTS } from './rtp-requirements.ts';

/** Every requirement that there is. */
export const CATALOGUE: readonly Requirement[] = [
  ...LINT_REQUIREMENTS,
  ...DIALOG_REQUIREMENTS,
  ...RTP_REQUIREMENTS,
  ...MEDIA_REQUIREMENTS,
  ...FEDERATED_REQUIREMENTS,
  ...BRIDGE_REQUIREMENTS,
];

const isOfPictures = (id: string): boolean =>
  /\/video$|\/(sees|is-seen|frame-rate|shown|sent|lips|clear)|profile-level-id/.test(id);

const isOfBridges = (id: string): boolean => id.startsWith('bridge/');
const isOfBorders = (id: string): boolean => id.startsWith('federated/');
const isOfClients = (id: string): boolean => !isOfBridges(id) && !isOfBorders(id);

/** A suite selects from the catalogue. */
export const SUITES: Readonly<Record<string, { readonly what: string; readonly includes: (id: string) => boolean }>> = {
  'sip-room': { what: 'a room or desk phone with picture and sound, over SIP', includes: isOfClients },
  'sip-audio-phone': {
    what: 'a telephone without pictures, over SIP',
    includes: (id) => isOfClients(id) && !isOfPictures(id),
  },
  'webrtc-client': {
    what: 'a browser or application with WebRTC, over SIP',
    includes: (id) => isOfClients(id) && !id.startsWith('rfc3581/'),
  },
  'federated-client': {
    what: 'a client that calls through the edges of its own domain',
    includes: (id) => !isOfBridges(id) && !id.startsWith('rfc3581/'),
  },
  bridge: { what: 'who holds the conference: the interop bugs of scenarios/bugs', includes: isOfBridges },
};

export function requirementsOf(suite: string): readonly Requirement[] {
  const selected = SUITES[suite];
  if (!selected) throw new RangeError(`no suite “${suite}”; there are: ${Object.keys(SUITES).join(', ')}`);
  return CATALOGUE.filter(({ id }) => selected.includes(id));
}

/** Of the rows that a suite decides: who has another catalogue has another digest. */
export function suiteDigest(suite: string): string {
  const rows = requirementsOf(suite).map(({ id, level, text, cites, trial }) => ({ id, level, text, cites, trial }));
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}
