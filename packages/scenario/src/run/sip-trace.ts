import type { Plan, SipMessageEvent } from '@plugfest/model';
import { type PacketRecorder, redact } from '@plugfest/wire';
import type { EventLog } from '../event-log.ts';

/** Writes each SIP message down twice: in the events, for the ladder, and in the packet capture. Secrets are blanked out before. */
export class SipTrace {
  readonly #log: EventLog;
  readonly #recorder: PacketRecorder;
  readonly #names: ReadonlySet<string>;

  constructor(plan: Plan, log: EventLog, recorder: PacketRecorder) {
    this.#log = log;
    this.#recorder = recorder;
    this.#names = new Set(plan.participants.map(({ id }) => id));
  }

  record({ atUs, ...message }: SipMessageEvent & { readonly atUs: number }): void {
    const participant = [message.from, message.to].find((name) => this.#names.has(name));
    this.#log.emit('sip.message', participant, { ...message, message: redact(message.message) }, atUs);
    this.#recorder.nameAddress(message.source, message.from);
    this.#recorder.nameAddress(message.destination, message.to);
    this.#recorder.recordSip({
      atUs,
      transport: message.transport,
      source: message.source,
      destination: message.destination,
      bytes: Buffer.from(message.message, 'latin1'),
      note: `${message.from} → ${message.to}`,
    });
  }
}
