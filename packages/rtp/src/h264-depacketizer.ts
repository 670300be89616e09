import { NAL, nalType } from './annex-b.ts';
import type { RtpPacket } from './rtp-packet.ts';
import {
  type CodedFrame,
  type DepacketizerCounters,
  FrameAssembler,
  type PayloadFormat,
  type VideoDepacketizer,
} from './video-depacketizer.ts';

const START_CODE = Uint8Array.of(0, 0, 0, 1);

/** Larger pictures are not pictures. */
const MAX_ACCESS_UNIT_BYTES = 8 * 1024 * 1024;

/**
 * Access units in Annex B from H.264 payloads of modes 0 and 1 (single NAL unit, STAP-A, FU-A). PACSI units of Lync clients and types without a
 * meaning are passed over. @see RFC 6184 §5, §7.1
 */
export class H264Depacketizer implements VideoDepacketizer {
  readonly #assembler = new FrameAssembler(new H264PayloadFormat());

  push(packet: RtpPacket): CodedFrame[] {
    return this.#assembler.push(packet);
  }

  get counters(): Readonly<DepacketizerCounters> {
    return this.#assembler.counters;
  }
}

class H264PayloadFormat implements PayloadFormat {
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #hasIdr = false;
  #hasSps = false;
  #hasPps = false;
  /** Where the fragmented unit under way begins in `#chunks`, and its size so far. */
  #fragment: { readonly firstChunk: number; readonly type: number; bytes: number } | undefined;

  add(payload: Uint8Array): boolean {
    const type = nalType(payload);
    const isCut = type !== NAL.fuA && this.#dropFragment();
    if (type === NAL.fuA) return this.#addFragment(payload);
    if (type === NAL.stapA) return this.#addAggregate(payload) && !isCut;
    if (type >= 1 && type <= 23) return this.#addUnit(payload) && !isCut;
    // 0, 31: without a meaning; 30: PACSI. 25-27, 29 belong to mode 2, which nobody agreed on.
    return (type === 0 || type === NAL.pacsi || type === 31) && !isCut;
  }

  startsPicture(payload: Uint8Array): boolean {
    const type = nalType(payload);
    if (type === NAL.stapA) return payload.length > 4 && beginsPicture(payload[3] as number, payload[4] as number);
    if (type === NAL.fuA)
      return ((payload[1] ?? 0) & 0x80) !== 0 && beginsPicture(payload[1] as number, payload[2] ?? 0);
    return beginsPicture(payload[0] as number, payload[1] ?? 0);
  }

  lost(): void {
    this.#dropFragment();
  }

  take(): Pick<CodedFrame, 'data' | 'keyFrame' | 'hasParameterSets'> | undefined {
    this.#dropFragment();
    const chunks = this.#chunks;
    const keyFrame = this.#hasIdr;
    const bytes = this.#bytes;
    this.#chunks = [];
    this.#bytes = 0;
    this.#hasIdr = false;
    if (chunks.length === 0) return undefined;
    const data = new Uint8Array(bytes);
    let at = 0;
    for (const chunk of chunks) {
      data.set(chunk, at);
      at += chunk.length;
    }
    return { data, keyFrame, hasParameterSets: this.#hasSps && this.#hasPps };
  }

  #addUnit(unit: Uint8Array): boolean {
    if (this.#bytes + unit.length + 4 > MAX_ACCESS_UNIT_BYTES) return false;
    this.#chunks.push(START_CODE, unit);
    this.#bytes += 4 + unit.length;
    this.#note(nalType(unit));
    return true;
  }

  #addAggregate(payload: Uint8Array): boolean {
    let at = 1;
    while (at + 2 < payload.length) {
      const length = ((payload[at] as number) << 8) | (payload[at + 1] as number);
      const end = at + 2 + length;
      if (length === 0 || end > payload.length || nalType(payload.subarray(at + 2)) > 23) return false;
      if (!this.#addUnit(payload.subarray(at + 2, end))) return false;
      at = end;
    }
    return at > 1 && at === payload.length;
  }

  #addFragment(payload: Uint8Array): boolean {
    if (payload.length < 3) return this.#refuseFragment();
    const header = payload[1] as number;
    const type = header & 0x1f;
    const part = payload.subarray(2);
    if ((header & 0x80) !== 0) {
      const isCut = this.#dropFragment();
      if (type === 0 || type > 23) return false;
      const unitHeader = Uint8Array.of(((payload[0] as number) & 0xe0) | type);
      this.#fragment = { firstChunk: this.#chunks.length, type, bytes: 5 };
      this.#chunks.push(START_CODE, unitHeader);
      this.#bytes += 5;
      return this.#extendFragment(part, header) && !isCut;
    }
    return this.#fragment !== undefined && this.#extendFragment(part, header);
  }

  #extendFragment(part: Uint8Array, header: number): boolean {
    const fragment = this.#fragment;
    if (fragment === undefined || fragment.type !== (header & 0x1f)) return this.#refuseFragment();
    if (this.#bytes + part.length > MAX_ACCESS_UNIT_BYTES) return this.#refuseFragment();
    this.#chunks.push(part);
    this.#bytes += part.length;
    fragment.bytes += part.length;
    if ((header & 0x40) !== 0) {
      this.#note(fragment.type);
      this.#fragment = undefined;
    }
    return true;
  }

  #refuseFragment(): false {
    this.#dropFragment();
    return false;
  }

  /** Forgets a unit whose end never came; true where there was one. */
  #dropFragment(): boolean {
    const fragment = this.#fragment;
    if (fragment === undefined) return false;
    this.#chunks.length = fragment.firstChunk;
    this.#bytes -= fragment.bytes;
    this.#fragment = undefined;
    return true;
  }

  #note(type: number): void {
    if (type === NAL.idr) this.#hasIdr = true;
    else if (type === NAL.sps) this.#hasSps = true;
    else if (type === NAL.pps) this.#hasPps = true;
  }
}

/** Parameter sets and SEI come before the slices; of the slices the first begins at macroblock 0, which is coded as a single 1 bit. */
function beginsPicture(header: number, next: number): boolean {
  const type = header & 0x1f;
  if (type >= NAL.sei && type <= NAL.accessUnitDelimiter) return true;
  return (type === NAL.slice || type === NAL.idr) && (next & 0x80) !== 0;
}
