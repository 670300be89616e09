import { z } from 'zod';
import { OPERATIONS, type Operation } from './operations.ts';
import { problemSchema } from './schemas.ts';

type Json = Record<string, unknown>;

/** What the segments of paths mean. */
const PARAMETERS: Readonly<Record<string, string>> = {
  c: 'Identifier of a conference',
  p: 'Identifier of a participant',
  v: 'Identifier of somebody at the door',
  room: 'Name of a conference, which is made where there is none',
  session: 'As `Location` said it',
};

/** The control API described, from the schemas that it is checked against. @see https://spec.openapis.org/oas/v3.1.1.html */
export function openApiDocument(isTokenNeeded: boolean, isWhipTokenNeeded: boolean): Json {
  const paths: Record<string, Json> = {};
  for (const [route, operation] of OPERATIONS) {
    const [method = '', path = ''] = route.split(' ');
    const template = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[template] ??= {};
    const security = securityOf(operation, isWhipTokenNeeded);
    paths[template][method.toLowerCase()] = { ...described(method, path, operation), ...security };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Control API of the Plugfest bridge', version: '0.1.0' },
    security: isTokenNeeded ? [{ bearer: [] }] : [{}],
    paths,
    components: {
      schemas: { Problem: schemaOf(problemSchema, 'output') },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, whip: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'What is wrong',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
    },
  };
}

/** What differs from the whole document's. */
function securityOf({ security }: Operation, isWhipTokenNeeded: boolean): Json {
  if (security === undefined) return {};
  return { security: security === 'whip' && isWhipTokenNeeded ? [{ whip: [] }] : [{}] };
}

function described(method: string, path: string, operation: Operation): Json {
  const { summary, body, reply, mediaType, takes, status, query } = operation;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  const content = reply
    ? { 'application/json': { schema: schemaOf(reply, 'output') } }
    : mediaType && { [mediaType]: { schema: { type: 'string' } } };
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[/:.-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    parameters: [
      ...names.map((name) => ({
        name,
        in: 'path',
        required: true,
        description: PARAMETERS[name] ?? name,
        schema: { type: 'string' },
      })),
      ...queryParameters(query),
    ],
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } } }
      : {}),
    ...(takes ? { requestBody: { required: true, content: { [takes]: { schema: { type: 'string' } } } } } : {}),
    responses: {
      ...(content
        ? { [status ?? 200]: { description: summary, content } }
        : { [status ?? 204]: { description: 'Done' } }),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function queryParameters(query: Operation['query']): Json[] {
  return Object.entries(query?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    schema: schemaOf(schema as z.ZodType, 'input'),
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  return rest;
}
