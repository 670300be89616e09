/** What is wrong with a model file, and where. */
export interface ModelFault {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly message: string;
  /** The line itself. */
  readonly source: string;
}

/** Thrown within the reader only; what it gives is a `Result`. */
export class Misread extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

export function faultAt(text: string, { offset, message }: Misread): ModelFault {
  const at = Math.min(offset, text.length);
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const end = text.indexOf('\n', at);
  const source = text.slice(start, end === -1 ? text.length : end).replace(/\r$/, '');
  return {
    line: text.slice(0, start).split('\n').length,
    column: Math.min([...text.slice(start, at)].length, [...source].length) + 1,
    message,
    source,
  };
}

/** `file:line:column: message`, the line, and a caret under the place. */
export function faultInWords(file: string, { line, column, message, source }: ModelFault): string {
  const shown = source.replaceAll('\t', ' ');
  return `${file}:${line}:${column}: ${message}\n  ${shown}\n  ${' '.repeat(column - 1)}^`;
}
