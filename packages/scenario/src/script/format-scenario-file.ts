import type { ScriptedScenario, ScriptedStep } from './scripted-scenario.ts';

/** The source of an ordinary scenario file, as a person would write it. */
export function formatScenarioFile(script: ScriptedScenario): string {
  const { steps, title, story, expects, ...rest } = script;
  const data = Object.entries({ title, story, ...rest })
    .filter(([name, value]) => name !== 'story' || value !== '')
    .filter(([name, value]) => !['peers', 'sabotage'].includes(name) || Object.keys(value).length > 0)
    .map(([name, value]) => `  ${name}: ${literal(value, 1)},\n`);
  const body = steps.map((step) => `    await ${callOf(step)};\n`);
  return [
    "import { scenario } from '@plugfest/scenario';\n\n",
    'export default scenario({\n',
    ...data,
    `  async steps({ ${usedOf(steps).join(', ')} }) {\n`,
    ...body,
    '  },\n',
    `  expects: ${literal(expects, 1)},\n`,
    '});\n',
  ].join('');
}

function callOf({ of, id, does, with: args }: ScriptedStep): string {
  const actor = of === 'stage' ? '' : `${of}${id === undefined ? '' : memberOf(id)}.`;
  return `${actor}${does}(${args.map((value) => literal(value, 2)).join(', ')})`;
}

/** Names of the stage that the story takes. */
function usedOf(steps: readonly ScriptedStep[]): string[] {
  return [...new Set(steps.map(({ of, does }) => (of === 'stage' ? does : of)))];
}

const NAME = /^[A-Za-z_$][\w$]*$/;

function memberOf(id: string): string {
  return NAME.test(id) ? `.${id}` : `[${quoted(id)}]`;
}

/** A value of JSON as a literal of TypeScript. */
function literal(value: unknown, depth: number): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const rows = Array.isArray(value)
    ? value.map((one) => literal(one, depth + 1))
    : Object.entries(value)
        .filter(([, one]) => one !== undefined)
        .map(([name, one]) => `${NAME.test(name) ? name : quoted(name)}: ${literal(one, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{ ', ' }'];
  if (rows.length === 0) return `${open}${close}`.replaceAll(' ', '');
  const line = `${open}${rows.join(', ')}${close}`;
  if (line.length + depth * 2 < 100 && !line.includes('\n')) return line;
  const indent = '  '.repeat(depth + 1);
  return `${open.trim()}\n${rows.map((row) => `${indent}${row},\n`).join('')}${'  '.repeat(depth)}${close.trim()}`;
}

/** In single quotes, with nothing that ends a string or a line; names that a peer chose are text here too. */
function quoted(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
