import { describe, expect, test } from 'vitest';
import { objectionsToStarved, STARVATIONS, starve, whyNoSmallDisk } from './starved-fixture.ts';

const reason = await whyNoSmallDisk();
if (reason) process.stderr.write(`starved.test.ts is skipped: ${reason}\n`);

// `npm run chaos` does it with Postgres, too.
const EMBEDDED = STARVATIONS.filter(({ kind }) => kind !== 'disk-full-postgres');

describe.skipIf(reason !== undefined)('a machine that runs out of something', () => {
  test.concurrent.each(EMBEDDED)(
    '$kind: a named error, and earlier results are there afterwards',
    async (starvation) => {
      const report = await starve(starvation);
      expect(objectionsToStarved(starvation, report)).toEqual([]);
      if (starvation.kind === 'too-many-files')
        expect(report.cell).toMatch(/cannot start sleep: .*out of processes, files/);
    },
    60_000,
  );
});
