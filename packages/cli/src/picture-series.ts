import { closeSync, openSync, writeSync } from 'node:fs';
import type { PictureRow } from '@plugfest/quality';

const COLUMNS = [
  'frame',
  'timeMs',
  'referenceFrame',
  'isRepeat',
  'psnrY',
  'ssimY',
  'msSsimY',
  'vifY',
  'xpsnrY',
  'si',
  'ti',
] as const satisfies readonly (keyof PictureRow)[];

/** Rows are written in pieces of about this many characters. */
const PIECE = 65_536;

/** A file of one row a picture, written as they come: a JSON array where its name ends in `.json`, else CSV. @throws Error where it cannot be made. */
export function openSeries(path: string): { write(row: PictureRow): void; close(): void } {
  const file = openSync(path, 'w');
  const isJson = /\.json$/i.test(path);
  let text = isJson ? '[' : `${COLUMNS.join(',')}\n`;
  let rows = 0;
  const flush = (): void => {
    writeSync(file, text);
    text = '';
  };
  return {
    write(row) {
      if (isJson) text += `${rows++ === 0 ? '\n' : ',\n'}${JSON.stringify(row)}`;
      else text += `${COLUMNS.map((name) => row[name] ?? '').join(',')}\n`;
      if (text.length > PIECE) flush();
    },
    close() {
      if (isJson) text += '\n]\n';
      flush();
      closeSync(file);
    },
  };
}
