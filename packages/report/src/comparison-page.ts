import { escapeMarkup } from './escape.ts';

/** One thing in which two runs differ, as `@plugfest/repro` finds it. */
export interface ComparedThing {
  readonly kind: string;
  readonly where: string;
  readonly a: string | undefined;
  readonly b: string | undefined;
  readonly matters: boolean;
}

export interface Comparison {
  /** What the two runs are called. */
  readonly names: readonly [a: string, b: string];
  /** In the order of causes before effects. */
  readonly things: readonly ComparedThing[];
  /** By kind, as people read it. */
  readonly titles: Readonly<Record<string, string>>;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --a: #d339; --b: #2a69; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; margin-bottom: 2rem; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; }
td { font-family: ui-monospace, monospace; font-size: 13px; }
th:first-child, td:first-child { width: 24%; font-family: inherit; }
td.a mark { background: var(--a); color: inherit; } td.b mark { background: var(--b); color: inherit; }
tr.drawn { opacity: .6; } .nothing { opacity: .5; font-style: italic; } .first { border-left: 4px solid #d33; padding-left: 1rem; }
`;

/** Two runs side by side: what differs first, then everything, kind by kind. One file, which loads and runs nothing. */
export function renderComparisonPage({ names: [a, b], things, titles }: Comparison): string {
  const first = things.find(({ matters }) => matters) ?? things[0];
  const kinds = [...new Set(things.map(({ kind }) => kind))];
  const title = escapeMarkup(`${a} and ${b}, side by side`);
  const tables = kinds.map((kind) =>
    tableOf(
      titles[kind] ?? kind,
      [a, b],
      things.filter((thing) => thing.kind === kind),
    ),
  );
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<meta name="viewport" content="width=device-width"><title>${title}</title><style>${STYLE}</style></head><body>`,
    `<h1>${title}</h1>`,
    first
      ? `<div class="first"><h2>What differs first</h2>${tableOf(first.where, [a, b], [first])}</div>`
      : '<p>No difference.</p>',
    ...tables,
    '</body></html>\n',
  ].join('\n');
}

function tableOf(title: string, names: readonly string[], things: readonly ComparedThing[]): string {
  const head = ['where', ...names].map((text) => `<th scope="col">${escapeMarkup(text)}</th>`).join('');
  return `<h2>${escapeMarkup(title)}</h2><table><thead><tr>${head}</tr></thead><tbody>${things.map(rowOf).join('\n')}</tbody></table>`;
}

function rowOf({ where, a, b, matters }: ComparedThing): string {
  const [left, right] = marked(a, b);
  return `<tr${matters ? '' : ' class="drawn"'}><td>${escapeMarkup(where)}</td><td class="a">${left}</td><td class="b">${right}</td></tr>`;
}

const NOTHING = '<span class="nothing">nothing</span>';

/** Both texts, with what is different in them marked: what they begin and end with alike is left plain. */
function marked(a: string | undefined, b: string | undefined): [string, string] {
  if (a === undefined || b === undefined) return [whole(a), whole(b)];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const of = (text: string): string => {
    const middle = text.slice(start, text.length - end);
    const mark = middle === '' ? '' : `<mark>${escapeMarkup(middle)}</mark>`;
    return `${escapeMarkup(text.slice(0, start))}${mark}${escapeMarkup(text.slice(text.length - end))}`;
  };
  return [of(a), of(b)];
}

function whole(text: string | undefined): string {
  return text === undefined ? NOTHING : `<mark>${escapeMarkup(text)}</mark>`;
}
