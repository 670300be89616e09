import { createHmac } from 'node:crypto';
import type { Flow } from './flow.ts';

/** Names of connections for Record-Route that only we can make. @see RFC 5626 §5.2 */
export class FlowTokens {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  tokenOf(flow: Flow): string {
    return `${flow.id}.${this.#sign(flow.id)}`;
  }

  /** Id of the flow that a token names; undefined when it is not one of ours. */
  flowIdOf(token: string): string | undefined {
    const dot = token.lastIndexOf('.');
    const id = token.slice(0, dot);
    return dot > 0 && token.slice(dot + 1) === this.#sign(id) ? id : undefined;
  }

  #sign(id: string): string {
    return createHmac('sha256', this.#key).update(id).digest('hex').slice(0, 16);
  }
}
