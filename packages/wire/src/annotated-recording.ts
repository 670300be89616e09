import { packetBlock } from './pcapng.ts';
import { readPcapng } from './pcapng-reader.ts';
import { commentOf } from './without-media.ts';

/** A run's recording with comments on packets, by their number in the file from 1; a comment that is there already stays before them, and one that is there word for word is not repeated. */
export function withComments(recording: Buffer, comments: ReadonlyMap<number, readonly string[]>): Buffer {
  let number = 0;
  const blocks = [...readPcapng(recording)].map((block) => {
    if (block.kind !== 'packet') return block.bytes;
    const added = comments.get(++number) ?? [];
    const before = commentOf(block.options)?.split('\n') ?? [];
    const comment = [...new Set([...before, ...added])].join('\n');
    return packetBlock({ ...block, ...(comment === '' ? {} : { comment }) });
  });
  return Buffer.concat(blocks);
}
