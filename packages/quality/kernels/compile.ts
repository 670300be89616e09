import { existsSync, readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const ENTRY = 'index.ts';

/** Compiles the kernels; `node packages/quality/kernels/compile.ts` writes the result where the package loads it. */
export async function compileKernels(): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [ENTRY, '-O3', '--runtime', 'stub', '--noAssert', '--importMemory', '--enable', 'simd', '-o', 'kernels.wasm'],
    {
      readFile: (name: string) => {
        const file = new URL(name, import.meta.url);
        return existsSync(file) ? readFileSync(file, 'utf8') : null;
      },
      writeFile: (_: string, contents: Uint8Array | string) => {
        if (typeof contents !== 'string') binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`the kernels do not compile: ${stderr.toString()}`);
  return binary;
}

if (import.meta.main) {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(new URL('../src/video/picture-kernels.wasm', import.meta.url), await compileKernels());
}
