import type { Text } from './text.ts';

type Comparison = 'equal' | 'not_equal' | 'greater_than' | 'less_than' | 'greater_than_equal' | 'less_than_equal';

/** What a step does beside sending or receiving. `into`, `variable` and the like are names of the call's variables. */
export type Action =
  /** Extended regular expression over the received message, or one header of it; groups go into the further names. */
  | {
      readonly kind: 'match';
      readonly pattern: string;
      readonly into: readonly [string, ...string[]];
      readonly header?: string;
      readonly of?: { readonly variable: string };
      /** Fails the call where it does not match; `never`: where it does. */
      readonly must?: 'match' | 'never';
    }
  | { readonly kind: 'log' | 'warn'; readonly message: Text }
  | { readonly kind: 'assign'; readonly into: string; readonly value: number | { readonly variable: string } }
  /** Goes on at the step whose number the variable holds. */
  | { readonly kind: 'jump'; readonly variable: string }
  | { readonly kind: 'assign-text'; readonly into: string; readonly value: Text }
  | {
      readonly kind: 'add' | 'subtract' | 'multiply' | 'divide';
      readonly into: string;
      readonly value: number | { readonly variable: string };
    }
  | {
      readonly kind: 'compare';
      readonly variable: string;
      readonly is: Comparison;
      readonly value: number;
      readonly into: string;
    }
  | { readonly kind: 'compare-text'; readonly variable: string; readonly value: string; readonly into: string }
  | { readonly kind: 'to-number'; readonly variable: string; readonly into: string }
  | { readonly kind: 'time'; readonly seconds: string; readonly microseconds: string }
  | { readonly kind: 'play-pcap'; readonly medium: 'audio' | 'image' | 'video'; readonly file: string }
  /** RTP from a file of coded sound; `repeat` -1 is for ever. */
  | { readonly kind: 'stream-rtp'; readonly file: string; readonly repeat: number; readonly payloadType: number }
  | { readonly kind: 'control-rtp'; readonly command: 'pause' | 'resume' }
  | { readonly kind: 'stop'; readonly how: 'call' | 'gracefully' | 'now' }
  | { readonly kind: 'check-credentials'; readonly username: string; readonly password: string; readonly into: string };
