import type { FederationRule } from '@plugfest/federation';
import { refusedBy, type ScenarioDefinition, scenario, skype, type Twin } from '@plugfest/scenario';
import { corpAndSkype } from './corp-and-skype.ts';

/** A negative twin of the seed case: Sofia calls Anna's conference from Skype, and one rule stands in the way. */
export function skypeIsRefused(
  title: string,
  rule: FederationRule,
  breaks: Twin<'skype'>['breaks'],
): ScenarioDefinition<'skype'> {
  return scenario({
    title,
    story: `Sofia calls Anna’s conference from Skype. She must be refused, and the refusal must name “${rule}”.`,
    conference: { owner: 'anna@corp.example' },
    federation: corpAndSkype,
    participants: { skype: skype({ name: 'Sofia (Skype)', uri: 'sip:sofia@skype.example' }) },
    async steps({ everyone }) {
      await everyone.joins();
      await everyone.hangsUp();
    },
    expects: [refusedBy(rule, 'skype')],
    twin: { rule, breaks },
  });
}
