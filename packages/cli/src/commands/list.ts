import { findScenarios, loadScenario } from '@plugfest/scenario';
import { SCENARIOS_ROOT } from '../paths.ts';
import { table } from '../terminal.ts';

/** Lists the scenarios there are, with what they are about. */
export async function list(options: { readonly json: boolean }): Promise<void> {
  const rows = await Promise.all(
    findScenarios(SCENARIOS_ROOT, SCENARIOS_ROOT).map(async (file) => {
      const { title, participants } = await loadScenario(file);
      return { id: file.id, title, participants: Object.values(participants).map(({ profile }) => profile) };
    }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else process.stdout.write(`${table(rows.map(({ id, title }) => [`scenarios/${id}`, title]))}\n`);
}
