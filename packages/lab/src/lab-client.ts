import { Agent, request } from 'node:http';
import type { LabService } from './lab.ts';
import { type Answer, OPERATIONS } from './lab-server.ts';
import { type OwnerAddress, readOwnerAddress } from './owner-lock.ts';
import { nameStoreFault, StoreFault, type StoreFaultCode } from './store-fault.ts';

/** An owner that was stopped answers nothing; one that is alive takes milliseconds. */
const ANSWER_MS = 10_000;

/** A lab that another process of this machine has open. Its address is read again when it does not answer: another one may have taken over. */
export class RemoteLab implements AsyncDisposable {
  readonly #directory: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  #address: OwnerAddress | undefined;
  readonly service: LabService;

  constructor(directory: string) {
    this.#directory = directory;
    const operations = OPERATIONS.map((name) => [name, (...all: unknown[]) => this.#call(name, all)] as const);
    this.service = Object.fromEntries(operations) as unknown as LabService;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }

  async #call(operation: string, parameters: readonly unknown[]): Promise<unknown> {
    this.#address ??= await readOwnerAddress(this.#directory);
    if (!this.#address) throw new StoreFault('unreachable', this.#directory, 'nobody has it open');
    let answer: Answer;
    try {
      answer = JSON.parse(await this.#post(this.#address, operation, JSON.stringify(parameters))) as Answer;
    } catch (fault) {
      this.#address = undefined;
      throw nameStoreFault(fault, this.#directory);
    }
    if (!('fault' in answer)) return answer.value;
    // The token of one that owned it before: the next call reads the new one.
    if (answer.fault.code === 'no-permission') this.#address = undefined;
    throw new StoreFault(answer.fault.code as StoreFaultCode, this.#directory, answer.fault.message);
  }

  #post({ url, token }: OwnerAddress, operation: string, body: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const options = { method: 'POST', agent: this.#agent, headers, timeout: ANSWER_MS };
      const asked = request(`${url}/${operation}`, options, (response) => {
        response.setEncoding('utf8');
        let text = '';
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
      asked.on('error', reject);
      asked.end(body);
    });
  }
}
