import { describe, expect, test } from 'vitest';
import { fileIn } from './page-folder.ts';

describe('a page’s folder', () => {
  test.each([
    ['/page.html', '/srv/page.html'],
    ['/a/b.js?x=1', '/srv/a/b.js'],
    ['/../etc/passwd', '/srv/etc/passwd'],
    ['/%2e%2e/%2e%2e/etc/passwd', '/srv/etc/passwd'],
    ['/..%2f..%2fetc/passwd', '/srv/etc/passwd'],
    ['/%00', undefined],
    ['/%zz', undefined],
  ])('%s is %s', (url, file) => expect(fileIn('/srv', url)).toBe(file));
});
