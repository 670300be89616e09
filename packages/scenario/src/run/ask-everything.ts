import {
  type Asked,
  type CertificateAuthority,
  type FederationPolicy,
  HopNames,
  openPeople,
} from '@plugfest/federation';
import type { Clock, Random } from '@plugfest/model';
import type { EventLog } from '../event-log.ts';
import { combinationsOf, type Truth, type TruthOutcome, type TruthTable, truthOf } from '../truth-table.ts';
import type { SipTrace } from './sip-trace.ts';

export interface AskingContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly authority: CertificateAuthority;
  readonly log: EventLog;
  readonly trace: SipTrace;
}

/** So many at a time: as fast as one, and the trace can still be read. */
const AT_ONCE = 8;

/** Asks for each combination of a table over edges of its own, and writes down what came of it (`truth.asked`), for the judge. */
export async function askEverything(table: TruthTable, context: AskingContext): Promise<void> {
  const all = combinationsOf(table);
  context.log.emit('truth.table', undefined, { combinations: all.length });
  for (const provider of ['enabled', 'disabled'] as const) {
    const rows = all.filter((truth) => truth.provider === provider);
    await using people = await openPeople({
      ...context,
      random: context.random.fork(`provider ${provider}`),
      policy: policyOf(table, rows, provider),
      caller: table.caller,
      domain: table.domain,
      clientVersions: table.clientVersions,
      names: new HopNames((address) => address.split('@')[0] ?? address),
      onSip: (message) => context.trace.record(message),
      onDecision: (decision) => context.log.emit('policy.decision', undefined, { ...decision }),
    });
    const left = [...rows];
    const askNext = async (): Promise<void> => {
      for (let truth = left.shift(); truth; truth = left.shift()) {
        const asked = await people.ask(truth.service, calleeOf(truth, table), truth.clientVersion);
        const { gives, source } = truthOf(truth, table.rows);
        const data = {
          truth,
          callee: calleeOf(truth, table),
          expected: gives,
          source,
          came: outcomeOf(asked),
          ...asked,
        };
        context.log.emit('truth.asked', undefined, data);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  }
}

/** Each combination of what is set for a person is a person. */
function calleeOf({ setting, calleeListsCaller, callerListsCallee, user }: Truth, { domain }: TruthTable): string {
  const has = (yes: boolean, name: string): string => (yes ? name : `no-${name}`);
  const words = [
    setting === 'allow-anyone' ? 'open' : 'private',
    has(calleeListsCaller, 'lists-caller'),
    has(callerListsCallee, 'is-listed'),
    has(user === 'enabled', 'public-access'),
  ];
  return `${words.join('.')}@${domain}`;
}

function policyOf(table: TruthTable, rows: readonly Truth[], provider: Truth['provider']): FederationPolicy {
  const those = (holds: (truth: Truth) => boolean): string[] => [
    ...new Set(rows.filter(holds).map((truth) => calleeOf(truth, table))),
  ];
  const listing = those(({ calleeListsCaller }) => calleeListsCaller);
  return {
    domainProvisioned: true,
    providerEnabled: provider === 'enabled',
    publicAccessUsers: those(({ user }) => user === 'enabled'),
    privacy: Object.fromEntries(rows.map((truth) => [calleeOf(truth, table), truth.setting])),
    contacts: {
      [table.caller]: those(({ callerListsCallee }) => callerListsCallee),
      ...Object.fromEntries(listing.map((callee) => [callee, [table.caller]])),
    },
    privacyStatusCode: table.privacyStatusCode,
    skypePath: 'trusted-application',
  };
}

/** As it was on the wire, in the table's words. */
function outcomeOf({ statusCode, rule, isShown }: Asked): TruthOutcome | { readonly statusCode: number } {
  if (statusCode >= 300) return rule === null ? { statusCode } : { refusedBy: rule as never, statusCode };
  return isShown === undefined ? 'allowed' : isShown ? 'shown' : 'hidden';
}
