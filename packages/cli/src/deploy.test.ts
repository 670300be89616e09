import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT_ROOT } from './paths.ts';
import { program } from './program.ts';

const FILES = globSync('deploy/**/*', { cwd: PROJECT_ROOT }).filter((file) =>
  /(\.ya?ml|\.md|Containerfile)$/.test(file),
);
const text = (file: string): string => readFileSync(join(PROJECT_ROOT, file), 'utf8');

/** `./plugfest <command> …` up to what a shell takes as the end, and the image's commands. */
function commandsIn(file: string): string[][] {
  const lines = text(file).matchAll(/(?:\.\/plugfest|--rm .* plugfest) ([a-z]+ [^|\n&]*)/g);
  return Array.from(lines, ([, line = '']) => line.trim().split(/\s+/));
}

describe('what deploy/ runs', () => {
  const commands = FILES.flatMap((file) =>
    commandsIn(file).map((words) => [`${file}: ${words.join(' ')}`, words] as const),
  );

  test('there are commands in the image, the job and the workflow', () => {
    expect(new Set(commands.map(([name]) => name.split(':')[0])).size).toBeGreaterThanOrEqual(5);
  });

  test.each(commands)('%s', (_, [name = '', ...words]) => {
    const command = program().commands.find((each) => each.name() === name);
    expect(command?.parseOptions(words).unknown).toEqual([]);
    for (const file of words.filter((word) => word.endsWith('.matrix.ts')))
      expect(globSync(join(PROJECT_ROOT, file))).toHaveLength(1);
  });

  test('as many shards are merged as are run', () => {
    const job = text('deploy/kubernetes/nightly.yaml');
    const numbers = [/completions: (\d+)/, /parallelism: (\d+)/, /name: SHARDS\s+value: ["'](\d+)/].map(
      (of) => of.exec(job)?.[1],
    );
    expect(new Set(numbers)).toEqual(new Set(['4']));
    const workflow = text('deploy/github-actions/nightly.yml');
    expect(/shard: \[([\d, ]+)\]/.exec(workflow)?.[1]?.split(',')).toHaveLength(
      Number(/matrix\.shard \}\}\/(\d+)/.exec(workflow)?.[1]),
    );
  });
});
