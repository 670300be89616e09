import { styleText } from 'node:util';

type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Colours only where a person looks: a terminal, and neither `NO_COLOR` nor `TERM=dumb`. */
export function style(name: Style, text: string, stream: NodeJS.WriteStream = process.stderr): string {
  const plain = !stream.isTTY || process.env.NO_COLOR !== undefined || process.env.TERM === 'dumb';
  return plain ? text : styleText(name, text);
}

/** A verdict's colour. */
export function styleVerdict(verdict: string, stream?: NodeJS.WriteStream): string {
  const colour: Style = verdict === 'pass' ? 'green' : verdict === 'fail' || verdict === 'error' ? 'red' : 'yellow';
  return style(colour, verdict, stream);
}

/** Rows with aligned columns; the widths count characters without colour codes. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, visibleLength(cell))),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes begin with ESC
  return [...text.replace(/\u001b\[\d+m/g, '')].length;
}

/** `1.4 s`, `350 ms`. */
export function duration(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}

/** A peer's bytes never steer a terminal, nor turn the order of what is read in it. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/\r$/, '').replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '·');
}
