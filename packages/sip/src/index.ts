export type * from './cseq.ts';
export type * from './dialog.ts';
export type * from './digest.ts';
export type * from './message.ts';
export type * from './name-addr.ts';
export type * from './sip-uri.ts';
export type * from './via.ts';

import type { ParseFault, Result } from '@plugfest/model';
import type { SipBody, SipHeader, SipMessage, SipMessageBase, SipParameter } from './message.ts';
import type { NameAddr } from './name-addr.ts';
import type { SipUri } from './sip-uri.ts';

/** First value line of a header (compact forms and any case match). */
export declare function header(message: SipMessageBase, name: string): string | undefined;
/** All lines of a header, in order. */
export declare function headers(message: SipMessageBase, name: string): string[];
/** All values of a comma-separated header, in order. */
export declare function headerValues(message: SipMessageBase, name: string): string[];
export declare function withHeader<M extends SipMessageBase>(message: M, name: string, value: string): M;
export declare function withoutHeader<M extends SipMessageBase>(message: M, name: string): M;
export declare function appendHeaders<M extends SipMessageBase>(message: M, more: readonly SipHeader[]): M;
export declare function parseMessage(bytes: Uint8Array): Result<SipMessage, ParseFault>;
export declare function formatMessage(message: SipMessage): Uint8Array;
export declare function parseSipUri(text: string): Result<SipUri, ParseFault>;
export declare function formatSipUri(uri: SipUri): string;
export declare function parseNameAddr(value: string): Result<NameAddr, ParseFault>;
export declare function formatNameAddr(nameAddr: NameAddr): string;
/** Value of a parameter (case-insensitive name, quotes removed); '' for a bare name; undefined when absent. */
export declare function parameter(parameters: readonly SipParameter[], name: string): string | undefined;
/** Latin1 octets (as in parsed messages) → Unicode text, and back. */
export declare function unicodeOf(octets: string): string;
export declare function octetsOf(text: string): string;
/** The parts of a body: one for a plain body, the parts of multipart/alternative and multipart/mixed (bounded), in order. */
export declare function bodyParts(message: SipMessageBase): (SipBody & { readonly headers: readonly SipHeader[] })[];
