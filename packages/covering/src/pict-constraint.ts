import type { Condition, Relation } from './condition.ts';
import { all, any, not, when } from './condition.ts';
import { Misread } from './pict-fault.ts';

/** Longer ones first: `<` begins two others. */
const RELATIONS = ['<>', '<=', '>=', '=', '<', '>'] as const;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/i;

/** Reads constraints up to the end of the text; keywords in either case, white space anywhere. */
export class ConstraintReader {
  readonly #text: string;
  /** Of the text in its file. */
  readonly #offset: number;
  readonly #parameters: readonly string[];
  readonly #check: (condition: Condition, at: number) => void;
  #at = 0;

  /** @param check is called for each term with its place; throws what is wrong with it */
  constructor(
    text: string,
    offset: number,
    parameters: readonly string[],
    check: (condition: Condition, at: number) => void,
  ) {
    this.#text = text;
    this.#parameters = parameters;
    this.#offset = offset;
    this.#check = check;
  }

  all(): Condition[] {
    const conditions: Condition[] = [];
    while (this.#skipSpace() < this.#text.length) conditions.push(this.#constraint());
    return conditions;
  }

  #constraint(): Condition {
    const start = this.#at;
    const isConditional = this.#takeWord('IF');
    const condition = isConditional ? this.#clause() : undefined;
    if (isConditional && !this.#takeWord('THEN')) throw this.#misread('THEN is expected here, or AND, or OR');
    const consequence = this.#clause();
    const otherwise = isConditional && this.#takeWord('ELSE') ? this.#clause() : undefined;
    if (!this.#take(';')) {
      const begun = this.#text.slice(start, this.#at).trim().split(/\s+/).slice(0, 4).join(' ');
      throw this.#misread(`a constraint ends with “;”: this one began with “${begun} …”`);
    }
    return condition === undefined ? consequence : when(condition, consequence, otherwise);
  }

  /** OR binds least, then AND, then NOT. */
  #clause(): Condition {
    const parts = [this.#conjunction()];
    while (this.#takeWord('OR')) parts.push(this.#conjunction());
    return parts.length === 1 ? (parts[0] as Condition) : any(...parts);
  }

  #conjunction(): Condition {
    const parts = [this.#condition()];
    while (this.#takeWord('AND')) parts.push(this.#condition());
    return parts.length === 1 ? (parts[0] as Condition) : all(...parts);
  }

  #condition(): Condition {
    if (this.#takeWord('NOT')) return not(this.#condition());
    if (this.#take('(')) {
      const clause = this.#clause();
      if (!this.#take(')')) throw this.#misread('“)” is expected here, or AND, or OR');
      return clause;
    }
    return this.#term();
  }

  #term(): Condition {
    const start = this.#skipSpace();
    const isNegative = this.#takeWord('ISNEGATIVE');
    const condition = isNegative || this.#takeWord('ISPOSITIVE') ? this.#sign(isNegative) : this.#comparison();
    this.#check(condition, this.#offset + start);
    return condition;
  }

  #sign(isNegative: boolean): Condition {
    if (!this.#take('(')) throw this.#misread('“(” is expected here, then a parameter’s name');
    const start = this.#skipSpace();
    const end = this.#text.indexOf(')', start);
    if (end === -1) throw this.#misread('“)” is missing');
    this.#at = end + 1;
    const name = this.#text
      .slice(start, end)
      .trim()
      .replace(/^\[(.*)\]$/, '$1');
    if (name !== '') return { parameter: name, isNegative };
    // Of no parameter means of any: one is negative, or all are positive.
    const each = this.#parameters.map((parameter): Condition => ({ parameter, isNegative }));
    return isNegative ? any(...each) : all(...each);
  }

  #comparison(): Condition {
    const parameter = this.#parameterName();
    const isNegated = this.#takeWord('NOT');
    if (this.#takeWord('IN')) {
      const condition: Condition = { parameter, in: this.#valueSet() };
      return isNegated ? not(condition) : condition;
    }
    if (this.#takeWord('LIKE')) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#misread('LIKE takes a text in quotes, e.g. LIKE "FAT*"');
      const condition: Condition = { parameter, relation: 'like', value: this.#value() };
      return isNegated ? not(condition) : condition;
    }
    const relation = isNegated ? undefined : RELATIONS.find((each) => this.#take(each));
    if (relation === undefined)
      throw this.#misread(`a relation is expected here: ${isNegated ? '' : `${RELATIONS.join(' ')} `}IN or LIKE`);
    return this.#right(parameter, relation);
  }

  #right(parameter: string, relation: Exclude<Relation, 'like'>): Condition {
    this.#skipSpace();
    if (this.#text[this.#at] === '[') return { parameter, relation, other: this.#parameterName() };
    return { parameter, relation, value: this.#value() };
  }

  #valueSet(): (string | number)[] {
    if (!this.#take('{')) throw this.#misread('“{” is expected here: IN { value, value, … }');
    const values = [this.#value()];
    while (this.#take(',')) values.push(this.#value());
    if (!this.#take('}')) throw this.#misread('“}” is expected here, or a comma and another value');
    return values;
  }

  #parameterName(): string {
    if (!this.#take('[')) throw this.#misread('a parameter is expected here: [name]');
    return this.#quoted(']', '“]” is missing after the parameter’s name').trim();
  }

  #value(): string | number {
    this.#skipSpace();
    if (this.#take('"')) return this.#quoted('"', 'the text is not closed: “"” is missing');
    const number = NUMBER.exec(this.#text.slice(this.#at))?.[0];
    if (number === undefined) throw this.#misread('a value is expected here: a number, or a text in double quotes');
    this.#at += number.length;
    return Number(number);
  }

  /** Up to the closing character; a backslash stands before \, " and ]. */
  #quoted(closing: string, missing: string): string {
    const start = this.#at;
    let text = '';
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] as string;
      if (character === closing) {
        this.#at++;
        return text;
      }
      if (character === '\\') {
        this.#at++;
        if (!['\\', '"', ']'].includes(this.#text[this.#at] ?? ''))
          throw this.#misread('after a backslash stands \\, " or ]');
      }
      text += this.#text[this.#at];
    }
    throw new Misread(this.#offset + Math.max(0, start - 1), missing);
  }

  #skipSpace(): number {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at;
  }

  #take(symbol: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(symbol, this.#at)) return false;
    this.#at += symbol.length;
    return true;
  }

  #takeWord(word: string): boolean {
    this.#skipSpace();
    const found = this.#text.slice(this.#at, this.#at + word.length);
    if (found.toUpperCase() !== word || /\w/.test(this.#text[this.#at + word.length] ?? '')) return false;
    this.#at += word.length;
    return true;
  }

  #misread(message: string): Misread {
    this.#skipSpace();
    return new Misread(this.#offset + this.#at, message);
  }
}
