import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTemporaryDirectory } from '@plugfest/host';

/** For tests: a self-signed certificate and its key, PEM, made with openssl. Undefined where there is none. */
export async function makeCertificate(name: string): Promise<{ key: string; cert: string } | undefined> {
  await using directory = await openTemporaryDirectory('bridge-certificate-');
  const algorithm = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const names = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`];
  try {
    execFileSync('openssl', ['req', '-x509', ...algorithm, ...names, '-keyout', 'key.pem', '-out', 'cert.pem'], {
      cwd: directory.path,
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  const read = (file: string): string => readFileSync(join(directory.path, file), 'utf8');
  return { key: read('key.pem'), cert: read('cert.pem') };
}
