import type { Stage } from '../definition.ts';

/** What whoever looks on is told, and may hold up. */
export interface StageWatch {
  /** Before each thing that the story does: `everyone.joins()`. */
  readonly beforeStep?: (name: string) => Promise<void>;
  /** Once: before the first call is hung up, or when the story has failed and all calls are still up. */
  readonly beforeHangUp?: (fault: Error | undefined) => Promise<void>;
}

/** Tells a story with somebody looking on. @throws what the story throws */
export async function tellWatched<S extends Stage<string>>(
  steps: (stage: S) => Promise<void>,
  stage: S,
  watch: StageWatch | undefined,
): Promise<void> {
  if (!watch) return steps(stage);
  let isOver = false;
  const hangUp = async (fault?: Error): Promise<void> => {
    if (isOver) return;
    isOver = true;
    await watch.beforeHangUp?.(fault);
  };
  const before = async (name: string): Promise<void> => {
    if (/(^|\.)hangsUp\(/.test(name)) await hangUp();
    await watch.beforeStep?.(name);
  };
  try {
    await steps(watched(stage, '', before));
  } catch (error) {
    await hangUp(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
  await hangUp();
}

/** The same object, each of whose methods is announced before it is called. */
function watched<T extends object>(of: T, path: string, before: (name: string) => Promise<void>): T {
  return new Proxy(of, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof key === 'symbol') return value;
      const name = `${path}${key}`;
      if (typeof value === 'function')
        return async (...args: readonly unknown[]): Promise<unknown> => {
          await before(`${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
          return value.apply(target, args);
        };
      return value !== null && typeof value === 'object' ? watched(value, `${name}.`, before) : value;
    },
  });
}
