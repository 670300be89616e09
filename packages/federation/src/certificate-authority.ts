import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

cryptoProvider.set(webcrypto);

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
/** A minute's tolerance for clocks that differ. */
const SKEW_MS = 60_000;

/** A key and its certificate, as PEM. */
export interface Identity {
  readonly key: string;
  readonly cert: string;
}

/** A run's own certificate authority: made at its start, never written to disk, worth nothing afterwards. */
export class CertificateAuthority {
  /** PEM. */
  readonly certificate: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #root: X509Certificate;
  readonly #nowMs: number;
  #serial = 1;

  private constructor(keys: webcrypto.CryptoKeyPair, root: X509Certificate, nowMs: number) {
    this.#keys = keys;
    this.#root = root;
    this.#nowMs = nowMs;
    this.certificate = root.toString('pem');
  }

  /** @param nowMs wall-clock time: certificates are valid from a minute before, for a day. */
  static async create(nowMs: number = Date.now()): Promise<CertificateAuthority> {
    const keys = await newKeys();
    const root = await X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: 'CN=Plugfest run authority',
      notBefore: new Date(nowMs - SKEW_MS),
      notAfter: new Date(nowMs + DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ],
    });
    return new CertificateAuthority(keys, root, nowMs);
  }

  /** A certificate for a server that is also a client, as mutual TLS asks: the names are its subject alternative names (RFC 5922 §7.1). */
  async issue(dnsNames: readonly string[], ipAddresses: readonly string[] = ['127.0.0.1']): Promise<Identity> {
    const keys = await newKeys();
    const certificate = await X509CertificateGenerator.create({
      serialNumber: (++this.#serial).toString(16).padStart(2, '0'),
      subject: `CN=${dnsNames[0] ?? 'plugfest'}`,
      issuer: this.#root.subject,
      notBefore: new Date(this.#nowMs - SKEW_MS),
      notAfter: new Date(this.#nowMs + DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
        new SubjectAlternativeNameExtension([
          ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
          ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
        ]),
        await AuthorityKeyIdentifierExtension.create(this.#root, false),
      ],
    });
    return { key: await pemOf(keys.privateKey), cert: certificate.toString('pem') };
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----', ''].join('\n');
}
