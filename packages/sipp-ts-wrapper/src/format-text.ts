import { escapeText } from './escape.ts';
import type { Text } from './text.ts';

/** A text as SIPp reads it. `branchOffset` says how many messages away a named step is. @throws RangeError for `branchOf` where there is none */
export function formatText(text: Text, branchOffset?: (id: string) => number): string {
  return text
    .map((part) => {
      if (typeof part === 'string') return escapeText(part);
      if ('keyword' in part) return `[${part.keyword}]`;
      if (!branchOffset) throw new RangeError('a branch means something only in a message');
      const offset = branchOffset(part.branchOf);
      return offset === 0 ? '[branch]' : `[branch${offset > 0 ? '+' : ''}${offset}]`;
    })
    .join('');
}
