import { findScenarios, loadScenario } from '@plugfest/scenario';
import { NETWORK_PROFILES } from '@plugfest/wire';
import { SCENARIOS_ROOT } from '../paths.ts';
import { table } from '../terminal.ts';

/** Lists the scenarios there are, with what they are about; or the named networks. */
export async function list(options: { readonly json: boolean; readonly networks: boolean }): Promise<void> {
  if (options.networks) {
    const text = options.json
      ? JSON.stringify(NETWORK_PROFILES, null, 2)
      : table(NETWORK_PROFILES.map(({ name, what, source }) => [name, what, source]));
    process.stdout.write(`${text}\n`);
    return;
  }
  const rows = await Promise.all(
    findScenarios(SCENARIOS_ROOT, SCENARIOS_ROOT).map(async (file) => {
      const { title, participants } = await loadScenario(file);
      return { id: file.id, title, participants: Object.values(participants).map(({ profile }) => profile) };
    }),
  );
  if (options.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else process.stdout.write(`${table(rows.map(({ id, title }) => [`scenarios/${id}`, title]))}\n`);
}
