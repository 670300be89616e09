import { registerHooks } from 'node:module';

const SCOPE = '@plugfest/';

/** Files of vendors that lie outside the project find its packages too: what is not found from where they are is looked up from here. */
export function lendPackages(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith(SCOPE)) return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}
