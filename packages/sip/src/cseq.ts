import { err, ok, type ParseFault, type Result } from '@plugfest/model';
import { DIGIT, decimalOf } from './character-class.ts';
import { HeaderScanner } from './header-scanner.ts';

/** @see RFC 3261 §20.16 */
export interface CSeq {
  /** Below 2^32 on the wire; ours stay below 2^31. */
  readonly number: number;
  readonly method: string;
}

/** Parses CSeq; fault for numbers of 2^32 and more (RFC 4475 §3.1.2.4). */
export function parseCSeq(value: string): Result<CSeq, ParseFault> {
  const scanner = new HeaderScanner(value);
  scanner.skipSpace();
  const number = decimalOf(scanner.run(DIGIT) ?? '', 2 ** 32 - 1);
  const spaceAt = scanner.position;
  scanner.skipSpace();
  const spaced = scanner.position > spaceAt;
  const method = scanner.token();
  scanner.skipSpace();
  if (number === undefined || !spaced || method === undefined || !scanner.atEnd) {
    return err({
      code: 'cseq',
      offset: spaceAt,
      section: 'RFC 3261 §20.16',
      text: 'CSeq is a number below 2^32 and a method',
    });
  }
  return ok({ number, method });
}
