import { steadyText } from './volatile-values.ts';

/** A line that one of two messages has and the other has not, or has otherwise. */
export interface LineDifference {
  readonly kind: 'header' | 'description';
  readonly a: string | undefined;
  readonly b: string | undefined;
}

export interface MessageParts {
  readonly startLine: string;
  readonly headers: readonly string[];
  readonly body: readonly string[];
}

/** A message in lines, without what no two calls share. */
export function partsOfMessage(text: string): MessageParts {
  const [head = '', ...bodies] = steadyText(text).split('\r\n\r\n');
  const [startLine = '', ...headers] = head.split('\r\n');
  return { startLine, headers, body: bodies.join('\r\n\r\n').split('\r\n').filter(Boolean) };
}

/** Header by header, then line by line of descriptions. */
export function lineDifferences(a: MessageParts, b: MessageParts): LineDifference[] {
  return [...pairs('header', a.headers, b.headers), ...pairs('description', a.body, b.body)];
}

/** Lines that one has and the other has not; those of one name stand side by side. */
function pairs(kind: LineDifference['kind'], a: readonly string[], b: readonly string[]): LineDifference[] {
  const [onlyA, onlyB] = [without(a, b), without(b, a)];
  const found: LineDifference[] = [];
  for (const line of onlyA) {
    const partner = onlyB.findIndex((other) => nameOf(other) === nameOf(line));
    const [other] = partner < 0 ? [] : onlyB.splice(partner, 1);
    found.push({ kind, a: line, b: other });
  }
  return [...found, ...onlyB.map((line): LineDifference => ({ kind, a: undefined, b: line }))];
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Header name, or type and attribute of a description's line with its payload type. */
function nameOf(line: string): string {
  return /^(a=[a-z-]+:?\d*|[a-z]=\w*|[^:\s]+)/i.exec(line)?.[1]?.toLowerCase() ?? line;
}
