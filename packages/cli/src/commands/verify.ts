import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CERTIFICATE_FILE, verifyCertificate } from '@plugfest/certify';
import { EXIT } from '@plugfest/model';
import { printable, style } from '../terminal.ts';

/** Verifies a certificate offline. Exit code 0: it verifies, whatever its result; 1: it does not, and why. */
export async function verify(path: string, { signer }: { readonly signer?: string }): Promise<number> {
  const absolute = resolve(path);
  const isDirectory = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isDirectory ? join(absolute, CERTIFICATE_FILE) : absolute;
  const { faults, certificate, keyId } = await verifyCertificate(file, {
    nowMs: Date.now(),
    ...(signer === undefined ? {} : { keyId: signer }),
  });
  for (const fault of faults) process.stdout.write(`${style('red', 'wrong', process.stdout)} ${printable(fault)}\n`);
  if (faults.length > 0 || !certificate) return EXIT.failed;
  const { endpoint, suite, result, rows, validUntil } = certificate;
  process.stdout.write(
    `${style('green', 'verified', process.stdout)} ${printable(`${endpoint.name} ${endpoint.version}`)}: ${result}, suite ${suite}, ${rows.length} requirements, valid until ${validUntil}\n`,
  );
  process.stdout.write(
    `signed by ${keyId}${signer === undefined ? ' (whose key that is, you have to know from elsewhere: --signer)' : ''}\n`,
  );
  return EXIT.pass;
}
