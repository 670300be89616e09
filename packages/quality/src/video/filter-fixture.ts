import { readFileSync } from 'node:fs';
import { FilterGraph, Frame } from 'node-av';

/** What an FFmpeg filter of two inputs in the FFmpeg of this process writes of two files, for tests only: an independent implementation to be held against. */
export function filterLog(filter: string, [reference, captured]: readonly [string, string], log: string): string {
  const graph = new FilterGraph();
  graph.alloc();
  const text = `movie=${reference}[r];movie=${captured}[c];[r][c]${filter}=stats_file=${log},buffersink`;
  if (graph.parse2(text) < 0 || graph.configSync() < 0) throw new Error(`FFmpeg refuses ${text}`);
  const sink = graph.filters?.find(({ name }) => name?.includes('buffersink'));
  const frame = new Frame();
  frame.alloc();
  while (sink && sink.buffersinkGetFrameSync(frame) >= 0) frame.unref();
  frame.free();
  graph.free();
  return readFileSync(log, 'utf8');
}
