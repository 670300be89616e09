import type { Endpoint, EndpointContext } from '../endpoint.ts';
import { DeviceEndpoint } from './device-endpoint.ts';
import { Person } from './person.ts';
import { ProgramEndpoint } from './program-endpoint.ts';

/** The device under test, in the form that its plan names. @throws NotSupported where this machine cannot play that form */
export async function openExternal(context: EndpointContext): Promise<Endpoint> {
  const spec = context.plan.external;
  switch (spec?.form) {
    case 'device':
      return new DeviceEndpoint(context, spec, Person.atTerminal());
    case 'command':
    case 'container':
      return ProgramEndpoint.open(context, spec);
    case 'page':
      return (await import('./page-endpoint.ts')).PageEndpoint.open(context, spec);
    case undefined:
      throw new Error(`${context.plan.id} is external, and nothing says what it is: external({ … }, { form: … })`);
  }
}
