import { decryptionSecretsBlock } from './pcapng.ts';
import { readPcapng } from './pcapng-reader.ts';

const DECRYPTION_SECRETS = 10;

/** A recording with a key log before its packets: tools that read it once have to have it by then. @see draft-ietf-opsawg-pcapng §4.7 */
export function withKeyLog(recording: Buffer, keyLog: string): Buffer {
  const [first] = readPcapng(recording);
  if (first?.kind !== 'other') return recording;
  const { length } = first.bytes;
  return Buffer.concat([recording.subarray(0, length), decryptionSecretsBlock(keyLog), recording.subarray(length)]);
}

/** A recording without the secrets that open it. */
export function withoutSecrets(recording: Buffer): Buffer {
  const kept = [...readPcapng(recording)].flatMap((block) => {
    const isSecret = block.kind === 'other' && block.bytes.readUInt32LE(0) === DECRYPTION_SECRETS;
    return isSecret ? [] : [block.bytes];
  });
  return Buffer.concat(kept);
}
