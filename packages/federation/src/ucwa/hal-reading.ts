import type { z } from 'zod';
import type { HttpReply } from './https-exchange.ts';
import type { Hal } from './schemas.ts';

/** The server said no. */
export class UcwaRefused extends Error {
  readonly status: number;

  constructor(what: string, { status, body }: HttpReply) {
    super(`${what} was answered ${status} ${body.slice(0, 300)}`);
    this.status = status;
  }
}

/** @throws where the server's JSON is not what it is to be */
export function parsed<T extends z.ZodType>(schema: T, { body }: HttpReply, what: string): z.infer<T> {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new Error(`${what} is no JSON`);
  }
  const result = schema.safeParse(json);
  if (!result.success) throw new Error(`${what} is not as it is to be: ${result.error.issues[0]?.message}`);
  return result.data;
}

/** @throws where the resource has no such link */
export function hrefOf(resource: Hal, name: string): string {
  const href = linkOf(resource, name);
  if (href === undefined) throw new Error(`no link “${name}” is offered`);
  return href;
}

export function linkOf(resource: Hal | undefined, name: string): string | undefined {
  const link = resource?._links[name];
  return Array.isArray(link) ? link[0]?.href : link?.href;
}

export function selfOf(resource: Hal): { readonly href: string } {
  return { href: hrefOf(resource, 'self') };
}

export function embeddedOf(resource: Hal): Readonly<Record<string, unknown>> {
  const { _embedded } = resource;
  return typeof _embedded === 'object' && _embedded !== null ? (_embedded as Record<string, unknown>) : {};
}
