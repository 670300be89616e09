import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';

/** @see in-toto Attestation Framework, Statement v1 and Test Result predicate v0.1; DSSE v1.0 protocol */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://in-toto.io/attestation/test-result/v0.1';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const digestSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });
export const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name: z.string(), digest: digestSchema })).min(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    result: z.enum(['PASSED', 'WARNED', 'FAILED']),
    configuration: z.array(z.strictObject({ name: z.string(), digest: digestSchema })),
    passedTests: z.array(z.string()),
    warnedTests: z.array(z.string()),
    failedTests: z.array(z.string()),
  }),
});
export type Statement = z.infer<typeof statementSchema>;

export const envelopeSchema = z.strictObject({
  payloadType: z.literal(PAYLOAD_TYPE),
  payload: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.string() })).length(1),
  /** PEM. It says who signed only to who knows the key from elsewhere. */
  publicKey: z.string(),
});
export type Envelope = z.infer<typeof envelopeSchema>;

/** DSSE's pre-authentication encoding: what is signed. */
function encoded(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload]);
}

/** Ed25519. */
export function signStatement(statement: Statement, key: KeyObject): Envelope {
  const payload = Buffer.from(JSON.stringify(statement));
  const publicKey = createPublicKey(key);
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString('base64'),
    signatures: [{ keyid: fingerprintOf(publicKey), sig: sign(null, encoded(payload), key).toString('base64') }],
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** The statement, if its one signature is right; else what is wrong. */
export function openEnvelope(value: unknown): { readonly statement: Statement; readonly keyId: string } | string {
  const parsed = envelopeSchema.safeParse(value);
  if (!parsed.success)
    return `it is no DSSE envelope: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`;
  const { payload, signatures, publicKey } = parsed.data;
  const [signature] = signatures;
  let key: KeyObject;
  try {
    key = createPublicKey(publicKey);
  } catch {
    return 'its public key cannot be read';
  }
  if (key.asymmetricKeyType !== 'ed25519') return `its key is ${key.asymmetricKeyType}, not Ed25519`;
  const keyId = fingerprintOf(key);
  if (signature?.keyid !== keyId) return 'its key id is not that of its key';
  const bytes = Buffer.from(payload, 'base64');
  // Base64 has spellings that decode to the same: one is enough.
  if (bytes.toString('base64') !== payload) return 'its payload is not plain base64';
  const raw = Buffer.from(signature.sig, 'base64');
  if (raw.toString('base64') !== signature.sig) return 'its signature is not plain base64';
  if (publicKey !== key.export({ type: 'spki', format: 'pem' }).toString()) return 'its public key is not plain PEM';
  if (!verify(null, encoded(bytes), key, raw))
    return 'the signature does not fit: something was changed after it was signed';
  const statement = statementSchema.safeParse(JSON.parse(bytes.toString()));
  return statement.success ? { statement: statement.data, keyId } : 'what is signed is no test result';
}

/** SHA-256 of the public key in DER. */
export function fingerprintOf(key: KeyObject): string {
  const der = createPublicKey(key.type === 'private' ? key : key.export({ type: 'spki', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  });
  return createHash('sha256').update(der).digest('hex');
}

export function newSigningKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}
