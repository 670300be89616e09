import { describe, expect, test } from 'vitest';
import { ActiveSpeaker } from './active-speaker.ts';

const SILENT = -127;

function speak(speaker: ActiveSpeaker, levels: Record<string, number>, ticks: number): void {
  for (let tick = 0; tick < ticks; tick++) speaker.tick(new Map(Object.entries(levels)));
}

describe('the active speaker', () => {
  test('is nobody while nobody speaks', () => {
    const speaker = new ActiveSpeaker();
    speak(speaker, { a: SILENT, b: -60 }, 200);
    expect(speaker.current).toBeUndefined();
  });

  test('is the first who speaks, at once', () => {
    const speaker = new ActiveSpeaker();
    speak(speaker, { a: SILENT, b: -20 }, 3);
    expect(speaker.current).toBe('b');
  });

  test('stays in a pause, and after a cough of somebody else', () => {
    const speaker = new ActiveSpeaker();
    speak(speaker, { a: -20, b: SILENT }, 100);
    speak(speaker, { a: SILENT, b: SILENT }, 100);
    speak(speaker, { a: SILENT, b: -10 }, 10);
    speak(speaker, { a: SILENT, b: SILENT }, 50);
    expect(speaker.current).toBe('a');
  });

  test('changes to who speaks on, and remembers who was before', () => {
    const speaker = new ActiveSpeaker();
    speak(speaker, { a: -20, b: SILENT, c: SILENT }, 100);
    speak(speaker, { a: SILENT, b: -20, c: SILENT }, 100);
    expect(speaker.current).toBe('b');
    expect(speaker.recent).toEqual(['b', 'a']);
  });

  test('does not change between two who are about as loud', () => {
    const speaker = new ActiveSpeaker();
    speak(speaker, { a: -20, b: SILENT }, 100);
    speak(speaker, { a: -20, b: -18 }, 500);
    expect(speaker.current).toBe('a');
  });

  test('is forgotten with who leaves', () => {
    const speaker = new ActiveSpeaker();
    speak(speaker, { a: -20, b: SILENT }, 100);
    speak(speaker, { b: SILENT }, 1);
    expect(speaker.current).toBeUndefined();
  });
});
