import { z } from 'zod';

/** In every bundle, and the first thing in it. */
export const MANIFEST_NAME = 'bundle.json';

/** What a bundle says of itself. Nothing in it depends on where or when it was made: the same run makes the same bytes. */
export const bundleManifestSchema = z.object({
  format: z.literal('plugfest-bundle'),
  version: z.literal(1),
  runId: z.string(),
  scenario: z.string(),
  title: z.string(),
  verdict: z.string(),
  /** The command that ran it. */
  command: z.string(),
  environment: z.record(z.string(), z.string()),
  /** What was left out on purpose, in words. */
  leftOut: z.array(z.string()),
  files: z.array(
    z.object({
      /** Relative, with `/`; below `run/` or `scenarios/`. */
      path: z.string(),
      bytes: z.number().int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type BundleManifest = z.infer<typeof bundleManifestSchema>;
export type BundledFile = BundleManifest['files'][number];
