import { readFileSync } from 'node:fs';
import type { NamedRow } from '@plugfest/covering';
import { BadUse } from './bad-use.ts';

/** Rows of a file: PICT's tab-separated output, or an earlier plan as JSON. @throws BadUse */
export function readSeeding(path: string): NamedRow[] {
  const text = readText(path);
  return /^\s*[[{]/.test(text) ? rowsOfJson(path, text) : rowsOfTable(text);
}

/** @throws BadUse where a file cannot be read */
export function readText(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    throw new BadUse(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function rowsOfTable(text: string): NamedRow[] {
  const [head = '', ...lines] = text.replace(/^\ufeff/, '').split(/\r?\n/);
  const names = head.split('\t').map((name) => name.trim());
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const values = line.split('\t').map((value) => value.trim());
      return Object.fromEntries(names.map((name, column) => [name, values[column] ?? '']));
    });
}

function rowsOfJson(path: string, text: string): NamedRow[] {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new BadUse(`${path} is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const rows = Array.isArray(document) ? document : (document as { rows?: unknown }).rows;
  if (!Array.isArray(rows) || !rows.every((row) => typeof row === 'object' && row !== null))
    throw new BadUse(`${path}: an array of rows is expected, or a plan: { "rows": [{ "name": "value", … }, …] }`);
  return rows.map((row: object) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
  );
}
