import { createHash, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificate } from './certificate.ts';
import { type Envelope, PREDICATE_TYPE, STATEMENT_TYPE, type Statement, signStatement } from './statement.ts';

export const RESULTS_FILE = 'results.json';
export const CERTIFICATE_FILE = 'certificate.json';

/** Writes what was decided and the signed statement of it into a directory in which the evidence lies already. */
export function issueCertificate(directory: string, certificate: Certificate, key: KeyObject): Envelope {
  writeFileSync(join(directory, RESULTS_FILE), `${JSON.stringify(certificate, null, 1)}\n`);
  const files = [RESULTS_FILE, ...certificate.trials.map(({ evidence }) => evidence)];
  const of = (outcome: string): string[] =>
    certificate.rows.filter((row) => row.outcome === outcome).map(({ id }) => id);
  const statement: Statement = {
    _type: STATEMENT_TYPE,
    subject: files.map((name) => ({ name, digest: { sha256: sha256(readFileSync(join(directory, name))) } })),
    predicateType: PREDICATE_TYPE,
    predicate: {
      result: certificate.result,
      configuration: [{ name: `suite ${certificate.suite}`, digest: { sha256: certificate.suiteDigest } }],
      passedTests: of('pass'),
      warnedTests: [...of('not-exercised'), ...of('unsupported')],
      failedTests: [...of('fail'), ...of('inconclusive')],
    },
  };
  const envelope = signStatement(statement, key);
  writeFileSync(join(directory, CERTIFICATE_FILE), `${JSON.stringify(envelope, null, 1)}\n`);
  return envelope;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
