import { connect, createServer, type TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { CertificateAuthority, type Identity } from './certificate-authority.ts';

/** One mutual-TLS handshake; resolves with what each side thought of the other. */
async function handshake(
  server: Identity & { ca: string },
  client: Partial<Identity> & { ca: string },
): Promise<{ clientSaw: string; serverSaw: string }> {
  const listener = createServer({ ...server, requestCert: true, rejectUnauthorized: true });
  const port = await new Promise<number>((resolve) => {
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as { port: number }).port));
  });
  try {
    const serverSaw = new Promise<string>((resolve) => {
      listener.once('secureConnection', (socket: TLSSocket) => {
        resolve(socket.getPeerCertificate().subjectaltname ?? '');
        socket.end('x');
      });
      listener.once('tlsClientError', (error) => resolve(`refused: ${error.message}`));
    });
    const clientSaw = await new Promise<string>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'sip.corp.example', ...client });
      socket.once('data', () => resolve(socket.getPeerCertificate().subjectaltname ?? ''));
      socket.once('error', (error) => resolve(`refused: ${error.message}`));
      socket.once('close', () => resolve('closed'));
    });
    return { clientSaw, serverSaw: await serverSaw };
  } finally {
    listener.close();
  }
}

describe('a run’s certificate authority', () => {
  it('issues what two edges accept of each other', async () => {
    const authority = await CertificateAuthority.create();
    const corp = await authority.issue(['sip.corp.example']);
    const skype = await authority.issue(['sip.skype.example']);
    const ca = authority.certificate;
    const saw = await handshake({ ...corp, ca }, { ...skype, ca });
    expect(saw.serverSaw).toContain('DNS:sip.skype.example');
    expect(saw.clientSaw).toContain('DNS:sip.corp.example');
  });

  it('does not vouch for another run’s certificates, nor for none', async () => {
    const ours = await CertificateAuthority.create();
    const theirs = await CertificateAuthority.create();
    const server = { ...(await ours.issue(['sip.corp.example'])), ca: ours.certificate };
    const foreign = await handshake(server, { ...(await theirs.issue(['sip.skype.example'])), ca: ours.certificate });
    expect(foreign.serverSaw).toContain('refused');
    const nobody = await handshake(server, { ca: ours.certificate });
    expect(nobody.serverSaw).toContain('refused');
  });
});
