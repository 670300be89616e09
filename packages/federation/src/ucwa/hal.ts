/** A link to a resource, or (`data:`) what it holds. @see draft-kelly-json-hal §5 */
export interface Link {
  readonly href: string;
}

/** A resource as it goes over the wire. */
export interface HalResource {
  readonly _links: Readonly<Record<string, Link | readonly Link[]>>;
  readonly _embedded?: Readonly<Record<string, HalResource | readonly HalResource[]>>;
  readonly rel?: string;
  readonly [property: string]: unknown;
}

/** A resource with its own address first, its properties, and where it leads. */
export function resource(
  rel: string,
  self: string,
  properties: Readonly<Record<string, unknown>> = {},
  links: Readonly<Record<string, string | readonly Link[] | undefined>> = {},
  embedded?: HalResource['_embedded'],
): HalResource {
  const led = Object.entries(links).flatMap(([name, target]): [string, Link | readonly Link[]][] =>
    target === undefined ? [] : [[name, typeof target === 'string' ? { href: target } : target]],
  );
  return {
    ...properties,
    rel,
    _links: { self: { href: self }, ...Object.fromEntries(led) },
    ...(embedded ? { _embedded: embedded } : {}),
  };
}

/** Why something was not done, as UCWA's clients are told. */
export interface UcwaProblem {
  readonly status: number;
  readonly code: string;
  readonly subcode?: string;
  readonly message: string;
}

const CODES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'EntityTooLarge',
  415: 'UnsupportedMediaType',
  429: 'TooManyRequests',
  500: 'ServiceFailure',
  504: 'Timeout',
};

export function problem(status: number, message: string, subcode?: string): UcwaProblem {
  return { status, code: CODES[status] ?? 'ServiceFailure', message, ...(subcode ? { subcode } : {}) };
}
