import { header, type SipHeader, type SipMessageBase, type SipResponse } from '@plugfest/sip';
import type { IceDialect } from './ice-part.ts';

/** Why a Lync client does not take a call. */
export type ClientRefusal =
  | 'unsupported-description'
  | 'encryption-levels-differ'
  | 'conversation-twice'
  | 'do-not-disturb'
  | 'unavailable'
  | 'declined'
  | 'declined-everywhere'
  | 'content-not-allowed';

/** One response, with what tells it from others of its number. */
interface RefusalRow {
  readonly statusCode: number;
  readonly reasonPhrase: string;
  /** `ms-client-diagnostics`: a number of Microsoft's and its words. */
  readonly diagnostics?: readonly [id: number, reason: string];
  /** Code of a `Warning`, and its text. */
  readonly warning?: readonly [code: number, text: string];
}

/** As the SIPE project's client answers; statuses that it does not show are [M] and so are the texts of warnings. @see MS-OCER, sipe-media.c, sipe-im.c */
export const CLIENT_REFUSALS: Readonly<Record<ClientRefusal, RefusalRow>> = {
  'unsupported-description': {
    statusCode: 488,
    reasonPhrase: 'Not Acceptable Here',
    diagnostics: [52063, 'Unsupported session description'],
  },
  'encryption-levels-differ': {
    statusCode: 488,
    reasonPhrase: 'Encryption Levels not compatible',
    diagnostics: [52017, 'Encryption levels dont match'],
  },
  'conversation-twice': {
    statusCode: 488,
    reasonPhrase: 'Not Acceptable Here',
    diagnostics: [52035, 'Call terminated because of a duplicate conversation ID'],
  },
  'do-not-disturb': {
    statusCode: 480,
    reasonPhrase: 'Temporarily Unavailable',
    warning: [391, 'The user does not want to be disturbed'],
  },
  unavailable: { statusCode: 480, reasonPhrase: 'Temporarily Unavailable' },
  declined: { statusCode: 603, reasonPhrase: 'Decline' },
  'declined-everywhere': { statusCode: 605, reasonPhrase: 'Decline Everywhere' },
  'content-not-allowed': {
    statusCode: 606,
    reasonPhrase: 'Not Acceptable',
    warning: [309, 'Message contents not allowed by policy'],
  },
};

/** The header fields of a refusal beside those of every response. */
export function refusalHeaders(refusal: ClientRefusal, agent: string): SipHeader[] {
  const { diagnostics, warning } = CLIENT_REFUSALS[refusal];
  return [
    ...(diagnostics ? [{ name: 'ms-client-diagnostics', value: `${diagnostics[0]};reason="${diagnostics[1]}"` }] : []),
    ...(warning ? [{ name: 'Warning', value: `${warning[0]} ${agent} "${warning[1]}"` }] : []),
  ];
}

/** What a refusal means to who called; undefined for one that no Lync client gives. */
export function refusalIn(response: SipResponse): ClientRefusal | undefined {
  const rows = Object.entries(CLIENT_REFUSALS) as [ClientRefusal, RefusalRow][];
  const fits = rows.filter(([, { statusCode }]) => statusCode === response.statusCode);
  const told = fits.find(
    ([, { diagnostics, warning }]) =>
      (diagnostics && numberIn(response, 'ms-client-diagnostics') === diagnostics[0]) ||
      (warning && numberIn(response, 'Warning') === warning[0]),
  );
  const plain = fits.find(([, { diagnostics, warning }]) => !diagnostics && !warning);
  return (told ?? plain)?.[0];
}

/** The server's archive does not take an offer in several parts. The misspelling is the product's. */
const NO_PARTS = 'Mutipart mime in content type not supported by Archiving CDR service';
/** A peer that could not read the description of draft 6. */
const DESCRIPTION_UNREADABLE = 7008;

/**
 * With which dialect alone a caller offers once more after a refusal of both; undefined where it gives up.
 * @see sipe-media.c (`process_invite_call_response`)
 */
export function dialectAfter(response: SipResponse): IceDialect | undefined {
  if (response.statusCode === 415) return isAboutParts(response) ? 'draft-6' : undefined;
  if (response.statusCode !== 488) return undefined;
  if (numberIn(response, 'ms-client-diagnostics') === CLIENT_REFUSALS['encryption-levels-differ'].diagnostics?.[0])
    return undefined;
  return numberIn(response, 'ms-diagnostics') === DESCRIPTION_UNREADABLE ? 'v19' : 'draft-6';
}

function isAboutParts(response: SipResponse): boolean {
  const diagnostics = header(response, 'ms-diagnostics') ?? '';
  return response.reasonPhrase.includes(NO_PARTS) || diagnostics.includes(NO_PARTS);
}

function numberIn(message: SipMessageBase, name: string): number {
  return Number.parseInt(header(message, name) ?? '', 10);
}
