import { readFileSync } from 'node:fs';
import { EXIT, type LintFinding } from '@plugfest/model';
import { type LintedBytes, lintFile } from '../message-lint.ts';
import { BadUse } from '../pipeline.ts';
import { printable, style } from '../terminal.ts';

/** Characters of a line that are shown round the place. */
const WINDOW = { before: 40, after: 60 } as const;

/** Lints files or standard input. 0: nothing of `must`, 1: a `must` is broken. @throws BadUse where a file cannot be read */
export function lint(files: readonly string[], { json }: { readonly json: boolean }): number {
  const paths = files.length === 0 && !process.stdin.isTTY ? ['-'] : files;
  if (paths.length === 0)
    throw new BadUse('lint needs a file, or - for standard input (plugfest lint --help has examples)');
  const linted = paths.flatMap((path) => lintFile(path, read(path)));
  if (json)
    process.stdout.write(
      `${JSON.stringify(
        linted.map((each) => each.lint),
        null,
        2,
      )}\n`,
    );
  else process.stdout.write(inWords(linted));
  const isBroken = linted.some((each) => each.lint.findings.some(({ level }) => level === 'must'));
  return isBroken ? EXIT.failed : EXIT.pass;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    throw new BadUse(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function inWords(linted: readonly LintedBytes[]): string {
  const findings = linted.flatMap((each) => each.lint.findings);
  const count = (level: LintFinding['level']): number => findings.filter((finding) => finding.level === level).length;
  const sum = `${linted.length} message${linted.length === 1 ? '' : 's'}: ${count('must')} must, ${count('should')} should\n`;
  return linted.map(messageInWords).join('') + sum;
}

function messageInWords({ lint, bytes, packet }: LintedBytes): string {
  const { file, index, kind, parse, uasStatus, findings } = lint;
  if (findings.length === 0) return '';
  const place = packet === undefined ? file : `${file} #${index} (packet ${packet})`;
  const owed = uasStatus === null ? '' : `, a UAS owes ${uasStatus}`;
  const head = style(
    'bold',
    `${place}: ${kind}, ${parse === 'ok' ? 'parses' : 'does not parse'}${owed}`,
    process.stdout,
  );
  return `${head}\n${findings.map((finding) => findingInWords(finding, bytes)).join('')}\n`;
}

function findingInWords({ level, code, cites, offset, text }: LintFinding, bytes: Uint8Array): string {
  const { line, caret, number } = lineAt(bytes, offset);
  const name = style(level === 'must' ? 'red' : 'yellow', level, process.stdout);
  return `  ${name} ${code}: ${printable(text)} (${cites}; offset ${offset}, line ${number})\n    ${line}\n    ${' '.repeat(caret)}^\n`;
}

/** The line that holds the offset, cut to what fits, and the column that is meant. */
function lineAt(bytes: Uint8Array, offset: number): { line: string; caret: number; number: number } {
  const at = Math.min(offset, bytes.length);
  const start = bytes.lastIndexOf(10, at - 1) + (at === 0 ? 0 : 1);
  const lineStart = at === 0 ? 0 : start;
  const next = bytes.indexOf(10, at);
  const from = Math.max(lineStart, at - WINDOW.before);
  const to = Math.min(next < 0 ? bytes.length : next, at + WINDOW.after);
  let number = 1;
  for (let lf = bytes.indexOf(10); lf >= 0 && lf < at; lf = bytes.indexOf(10, lf + 1)) number++;
  const before = printable(Buffer.from(bytes.subarray(from, at)).toString('latin1'));
  return {
    line: before + printable(Buffer.from(bytes.subarray(at, to)).toString('latin1')),
    caret: before.length,
    number,
  };
}
