import { readFileSync } from 'node:fs';

/** What kernels/index.ts exports. Addresses are bytes in the memory; planes are `width` × `height` and packed. */
export interface Kernels {
  compare(a: number, b: number, width: number, height: number, scratch: number, out: number): void;
  sobel(plane: number, width: number, height: number, out: number): void;
  difference(a: number, b: number, width: number, height: number, out: number): void;
  histogram(plane: number, width: number, height: number, step: number, counts: number): void;
  sharpness(plane: number, width: number, height: number, out: number): void;
  stepProfiles(plane: number, width: number, height: number, columns: number, rows: number): void;
  weighBlocks(...planesThenSizesThenOut: number[]): void;
  toFloat(plane: number, samples: number, offset: number, into: number): void;
  halve(...planeThenWindowThenTarget: number[]): void;
  structure(...planesThenWindowThenOut: number[]): void;
  visualInformation(...planesThenWindowThenOut: number[]): void;
}

/** As much of the platform's as is used: Node's types leave it to those of the browser. */
interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): void;
}
declare const WebAssembly: {
  readonly Memory: new (limits: { readonly initial: number }) => WasmMemory;
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

const PAGE_BYTES = 65_536;
/** Below this lies what AssemblyScript needs. */
const FIRST_ADDRESS = 4096;
/** Vectors are loaded past the end of what they belong to. */
const TAIL_BYTES = 32;

/** Compiled once a process. */
let compiled: object | undefined;

/** The SIMD kernels with a memory of their own, in which room is given out once and never taken back. */
export class KernelMemory {
  readonly kernels: Kernels;
  readonly #memory = new WebAssembly.Memory({ initial: 1 });
  #end = FIRST_ADDRESS;

  constructor() {
    compiled ??= new WebAssembly.Module(readFileSync(new URL('picture-kernels.wasm', import.meta.url)));
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory: this.#memory } });
    this.kernels = exports as Kernels;
  }

  /** Address of so many bytes, zeroed, with room for a vector behind them. */
  allocate(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil((bytes + TAIL_BYTES) / 16) * 16;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE_BYTES));
    return address;
  }

  /** Views are good until the next `allocate`. */
  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, address, length);
  }

  counts(address: number, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address, length);
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  doubles(address: number, length: number): Float64Array {
    return new Float64Array(this.#memory.buffer, address, length);
  }
}
