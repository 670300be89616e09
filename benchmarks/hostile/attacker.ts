/** One attack in a process of its own: `attacker.ts NAME PLAN`. Prints what it did as a line of JSON. */
import { ATTACKS, type AttackPlan } from './attacks.ts';

const [name = '', plan = '{}'] = process.argv.slice(2);
const told = await ATTACKS[name]?.(JSON.parse(plan) as AttackPlan);
console.log(JSON.stringify(told));
