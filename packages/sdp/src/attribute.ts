import type { Attribute } from './session-description.ts';

type Holder = { readonly attributes: readonly Attribute[] };

/** Value of the first `a=name` of a session or an m-line, `''` for a bare one, undefined where there is none. */
export function attribute(of: Holder, name: string): string | undefined {
  const found = of.attributes.find((each) => each.name === name);
  return found === undefined ? undefined : (found.value ?? '');
}

/** Values of all `a=name`, in order. */
export function attributes(of: Holder, name: string): string[] {
  return of.attributes.filter((each) => each.name === name).map((each) => each.value ?? '');
}

/** The m-line's own value, else the session's. */
export function inheritedAttribute(media: Holder, session: Holder, name: string): string | undefined {
  return attribute(media, name) ?? attribute(session, name);
}

/** Words of an attribute's value. */
export function words(value: string): string[] {
  return value.split(' ').filter((word) => word !== '');
}
