import { describe, expect, it } from 'vitest';
import { escapeMarkup, jsonForScript } from './escape.ts';

describe('what peers sent', () => {
  it('stays text in markup, without characters that XML forbids', () => {
    expect(escapeMarkup(`<a href="x">'&'</a>`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;');
    expect(escapeMarkup('a\u0000b\u001bc\ud800d\n😀')).toBe('a\ufffdb\ufffdc\ufffdd\n😀');
  });

  it('cannot end the script element that carries it', () => {
    const value = { a: '</script><!--<script>alert(1)</script>\u2028' };
    const text = jsonForScript(value);
    expect(text).not.toMatch(/[<>\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual(value);
  });

  it('is text that every browser can show: half a surrogate pair is none', () => {
    const value = { 'k\ud800': '\udfff\\ud800 \\\udc00 😀' };
    expect(JSON.parse(jsonForScript(value))).toEqual({ 'k\ufffd': '\ufffd\\ud800 \\\ufffd 😀' });
  });
});
