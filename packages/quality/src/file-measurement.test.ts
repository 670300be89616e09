import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findTool } from '@plugfest/host';
import type { Measured } from '@plugfest/model';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FileMeasurement, measureFiles, type PictureRow } from './file-measurement.ts';
import { filterLog } from './video/filter-fixture.ts';

const ffmpeg = await findTool('ffmpeg');
if (!ffmpeg.found) console.log(`${ffmpeg.reason}: measuring files is not tested`);
const SHARED = resolve(import.meta.dirname, '../../../../shared/data');
const directory = mkdtempSync(join(tmpdir(), 'file-measurement-'));
afterAll(() => rmSync(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);
const make = (name: string, ...args: string[]): string => {
  execFileSync(ffmpeg.found ? ffmpeg.path : '', ['-v', 'error', '-y', ...args, at(name)]);
  return at(name);
};
/** A copy that ends after a share of its bytes. */
const cut = (name: string, from: string, share: number): string => {
  const bytes = readFileSync(from);
  writeFileSync(at(name), bytes);
  truncateSync(at(name), Math.round(bytes.length * share));
  return at(name);
};
const numberOf = (measured: Measured | undefined): number => {
  if (!measured || 'notMeasured' in measured) throw new Error(measured?.notMeasured ?? 'no such value');
  return measured.value;
};
const codes = ({ findings }: FileMeasurement): string[] => findings.map(({ code }) => code);
const levels = ({ findings }: FileMeasurement): string[] => findings.map(({ level }) => level);
const isNothing = ({ video, audio }: FileMeasurement): boolean =>
  [...Object.values(video), ...Object.values(audio)].every((value) => 'notMeasured' in value);

const PICTURES = ['-f', 'lavfi', '-i', 'testsrc2=s=352x288:r=30:d=2'];
const SOUND = ['-f', 'lavfi', '-i', 'aevalsrc=0.2*sin(2*PI*(300+200*sin(3*t))*t)*gt(sin(9*t)\\,-0.4):s=48000:d=2'];

describe.skipIf(!ffmpeg.found)('measureFiles', { timeout: 60_000 }, () => {
  let [sent, received, film, y4m] = ['', '', '', ''];
  beforeAll(() => {
    film = make('film.mkv', ...PICTURES, ...SOUND, '-c:v', 'libx264', '-g', '15', '-c:a', 'pcm_s16le');
    sent = make('sent.y4m', '-i', film, '-pix_fmt', 'yuv420p');
    received = make('received.mkv', '-i', sent, '-c:v', 'libx264', '-crf', '40');
    y4m = make('received.y4m', '-i', received, '-pix_fmt', 'yuv420p');
  });

  test("has PSNR, SSIM and XPSNR of FFmpeg's filters to four digits", async () => {
    const { video, findings } = await measureFiles({ reference: sent, capture: y4m });
    expect(findings).toEqual([]);
    const files = [sent, y4m] as const;
    filterLog('xpsnr', files, at('xpsnr.log'));
    const xpsnr = /frames +y: (\S+)/.exec(readFileSync(at('xpsnr.log'), 'utf8'))?.[1];
    expect(numberOf(video.xpsnrY).toFixed(4)).toBe(Number(xpsnr).toFixed(4));
    const mean = (log: string, pattern: RegExp): number => {
      const found = [...log.matchAll(pattern)].map(([, value]) => Number(value));
      expect(found).toHaveLength(60);
      return found.reduce((sum, value) => sum + value, 0) / found.length;
    };
    expect(numberOf(video.ssimY)).toBeCloseTo(mean(filterLog('ssim', files, at('ssim.log')), / Y:(\S+)/g), 4);
    const error = mean(filterLog('psnr', files, at('psnr.log')), /mse_y:(\S+)/g);
    expect(numberOf(video.psnrY)).toBeCloseTo(10 * Math.log10(255 ** 2 / error), 3);
  });

  test('measures the same from the coded file as from its pictures', async () => {
    const [coded, plain] = [
      await measureFiles({ reference: sent, capture: received }),
      await measureFiles({ reference: sent, capture: y4m }),
    ];
    for (const name of ['psnrY', 'ssimY', 'vifY', 'siMax', 'tiMean'])
      expect(numberOf(coded.video[name]), name).toBe(numberOf(plain.video[name]));
  });

  test.each([
    ['limited', 'the files say different ranges of luma (capture full, reference limited): '],
    ['unsaid', 'the files say different ranges of luma (capture full, reference unsaid, which is taken for limited): '],
  ])('brings full range to that of a reference that says %s, as FFmpeg does', async (range, text) => {
    const said = range === 'unsaid' ? [] : ['-color_range', 'tv'];
    const reference = make(`${range}.mkv`, '-i', sent, '-pix_fmt', 'yuv420p', '-c:v', 'ffv1', ...said);
    const full = make(
      `full-${range}.mkv`,
      '-i',
      received,
      '-vf',
      'scale=out_range=pc',
      '-c:v',
      'ffv1',
      '-color_range',
      'pc',
    );
    const { video, findings } = await measureFiles({ reference, capture: full });
    expect(findings.map(({ code }) => code)).toEqual(['video-ranges-differ']);
    expect(findings[0]?.text.startsWith(text)).toBe(true);
    const limited = make('limited.y4m', '-i', full, '-vf', 'scale=in_range=pc:out_range=tv', '-pix_fmt', 'yuv420p');
    const plain = await measureFiles({ reference: sent, capture: limited });
    expect(numberOf(video.psnrY)).toBeCloseTo(numberOf(plain.video.psnrY), 1);
  });

  test('tells which keys were pressed, through a codec of today', async () => {
    const tones = (low: number, high: number): string => `0.2*sin(2*PI*${low}*t)+0.2*sin(2*PI*${high}*t)`;
    const keys = `if(between(mod(t\\,1)\\,0.3\\,0.42)\\,if(lt(t\\,1)\\,${tones(770, 1336)}\\,${tones(941, 1477)})\\,0)`;
    const capture = make('keys.mkv', '-f', 'lavfi', '-i', `aevalsrc=${keys}:s=48000:d=2`, '-c:a', 'libopus');
    const [found] = (await measureFiles({ capture })).findings.filter(({ code }) => code === 'audio-dtmf');
    expect(found?.text).toMatch(/^keys were pressed \(DTMF\): 5 at 0\.\d+ s for 1\d\d ms, # at 1\.\d+ s for 1\d\d ms$/);
  });

  test('has pictures with odd sides whole', async () => {
    const [a, b] = ['odd-a.y4m', 'odd-b.y4m'].map((name, noise) =>
      make(name, '-i', sent, '-vf', `crop=351:287:0:0:exact=1,noise=alls=${1 + 20 * noise}`, '-pix_fmt', 'yuv420p'),
    ) as [string, string];
    const log = filterLog('psnr', [a, b], at('odd.log'));
    const errors = [...log.matchAll(/mse_y:(\S+)/g)].map(([, value]) => Number(value));
    const mean = errors.reduce((sum, value) => sum + value, 0) / errors.length;
    const { video } = await measureFiles({ reference: a, capture: b });
    expect(numberOf(video.psnrY)).toBeCloseTo(10 * Math.log10(255 ** 2 / mean), 3);
  });

  test('tells pairs apart that differ: each mutation lowers the scores', async () => {
    const scores = async (filter: string): Promise<number[]> => {
      const capture = make('liar.y4m', '-i', sent, '-vf', filter, '-pix_fmt', 'yuv420p');
      const { video } = await measureFiles({ reference: sent, capture });
      return ['psnrY', 'ssimY', 'msSsimY', 'vifY', 'xpsnrY'].map((name) => numberOf(video[name]));
    };
    const equal = await scores('null');
    expect(equal.map((score) => Number(score.toFixed(5)))).toEqual([100, 1, 1, 1, 100]);
    for (const filter of ['noise=alls=12', 'boxblur=2', 'eq=brightness=0.05', 'drawbox=20:20:60:60:red:fill'])
      for (const [i, score] of (await scores(filter)).entries())
        if (!(filter.startsWith('eq') && i === 3)) expect(score, `${filter} ${i}`).toBeLessThan(equal[i] as number);
  });

  test.each([
    ['sound', 'wav', '-i', 'FILM', '-vn'],
    ['quieter', 'wav', '-i', 'FILM', '-vn', '-af', 'volume=-6dB'],
  ])('measures %s in %s', async (name, extension, ...args) => {
    const wav = make('sent.wav', '-i', film, '-vn');
    const capture = make(`${name}.${extension}`, ...args.map((arg) => (arg === 'FILM' ? film : arg)));
    const { audio, video, findings } = await measureFiles({ reference: wav, capture });
    expect(findings).toEqual([]);
    expect(numberOf(audio.levelDifferenceDb)).toBeCloseTo(name === 'quieter' ? -6 : 0, 1);
    expect(video.psnrY).toEqual({ notMeasured: 'the capture has no pictures' });
  });

  test('without a reference has what the capture says of itself, and why the rest is missing', async () => {
    const { video, audio, findings } = await measureFiles({ capture: film });
    expect(findings).toEqual([]);
    expect(numberOf(video.siMax)).toBeGreaterThan(10);
    expect(numberOf(video.frameRate)).toBeCloseTo(30, 1);
    expect(numberOf(audio.levelDbfs)).toBeLessThan(-10);
    for (const value of [video.psnrY, video.vmaf, audio.visqolMosLqo])
      expect(value).toEqual({ notMeasured: 'there is no reference' });
  });

  test('gives every picture a row, in order, with its partner', async () => {
    const rows: PictureRow[] = [];
    const capture = make('later.y4m', '-i', sent, '-vf', 'tpad=start=9:start_mode=clone');
    const measured = await measureFiles({ reference: sent, capture, series: (row) => rows.push(row) });
    expect(rows.map(({ frame }) => frame)).toEqual(Array.from({ length: 69 }, (_, n) => n));
    expect(rows.slice(9).map(({ referenceFrame }) => referenceFrame)).toEqual(Array.from({ length: 60 }, (_, n) => n));
    expect(codes(measured)).toEqual(['video-aligned']);
    expect(rows[30]?.psnrY).toBe(100);
    expect(rows[30]?.timeMs).toBeCloseTo(1000, 1);
  });

  test.each([
    ['half the rate', 'fps=15', ['video-aligned'], 30],
    [
      'a hole in the middle',
      "select='not(between(n,20,29))',setpts=N/30/TB",
      ['video-aligned', 'video-pictures-missing'],
      50,
    ],
    [
      'the beginning missing',
      'trim=start_frame=12,setpts=PTS-STARTPTS',
      ['video-aligned', 'video-pictures-missing'],
      48,
    ],
  ])('aligns pictures where timing differs: %s', async (_, filter, expected, pairs) => {
    const capture = make('retimed.y4m', '-i', sent, '-vf', filter);
    const measured = await measureFiles({ reference: sent, capture });
    expect(codes(measured)).toEqual(expected);
    expect(measured.video.psnrY).toMatchObject({ value: 100, n: pairs });
    expect(measured.video.psnrY).toMatchObject({ method: expect.stringContaining('paired by time and content') });
  });

  test.each([
    ['late', 'tpad=start=5:start_mode=clone,trim=end_frame=60', 5],
    ['early', 'trim=start_frame=8,tpad=stop=8:stop_mode=clone', -8],
  ])('finds a capture of the same length that is %s', async (name, filter, pictures) => {
    const capture = make(`${name}.y4m`, '-i', sent, '-vf', `${filter},setpts=N/30/TB`);
    const { video, findings } = await measureFiles({ reference: sent, capture });
    expect(findings).toContainEqual(expect.objectContaining({ code: 'video-aligned' }));
    expect(numberOf(video.videoDelayMs)).toBeCloseTo((pictures * 1000) / 30, 0);
  });

  const PLACES = 'smptehdbars=s=352x288:r=30:d=1,drawbox=60:60:70:50:white:fill,drawbox=200:30:40:90:black:fill';
  test.each([
    ['mirrored', 'hflip', 'video-mirrored', 28],
    ['between bars', 'pad=352:388:0:50', 'video-placed-elsewhere', 28],
    ['cut', 'crop=288:236:30:22,scale=352:288', 'video-placed-elsewhere', 18],
    ['of another matrix', 'colormatrix=bt601:bt709', 'video-matrix-mismatch', 18],
  ])('tells a capture that is %s', async (_, filter, code, least) => {
    const reference = make('place.y4m', '-f', 'lavfi', '-i', PLACES, '-pix_fmt', 'yuv420p', '-frames:v', '30');
    const capture = make('placed.mkv', '-i', reference, '-vf', filter, '-c:v', 'libx264', '-crf', '20');
    const measured = await measureFiles({ reference, capture });
    expect(codes(measured)).toContain(code);
    expect(numberOf(measured.video.psnrY)).toBeGreaterThan(least);
  });

  test('scores another size at that of the reference, and says so', async () => {
    const small = make('small.y4m', '-i', sent, '-vf', 'scale=176:144:flags=bicubic');
    const back = make('back.y4m', '-i', small, '-vf', 'scale=352:288:flags=bicubic');
    const measured = await measureFiles({ reference: sent, capture: small });
    const known = await measureFiles({ reference: sent, capture: back });
    expect(codes(measured)).toEqual(['video-sizes-differ', 'video-detail-lost']);
    expect(numberOf(measured.video.psnrYAtCaptureSize)).toBeGreaterThan(numberOf(measured.video.psnrY));
    expect(numberOf(measured.video.psnrY)).toBeCloseTo(numberOf(known.video.psnrY), 1);
    expect(measured.video.psnrY).toMatchObject({ method: expect.stringContaining('352×288') });
  });

  describe('of a file that is damaged', () => {
    const faultsOf = async (capture: string, reference?: string): Promise<FileMeasurement> =>
      measureFiles(reference === undefined ? { capture } : { capture, reference });

    test('Matroska that is cut short', async () => {
      const measured = await faultsOf(cut('cut.mkv', film, 0.5), film);
      expect(codes(measured)).toContain('file-cut-short');
      expect(levels(measured)).toContain('fault');
      expect(numberOf(measured.video.psnrY)).toBe(100);
    });

    test.each(['y4m', 'wav'])('%s that is cut short', async (extension) => {
      const whole = make(
        `whole.${extension}`,
        '-i',
        film,
        ...(extension === 'wav' ? ['-vn'] : ['-pix_fmt', 'yuv420p']),
      );
      expect(codes(await faultsOf(whole))).toEqual([]);
      expect(codes(await faultsOf(cut(`cut.${extension}`, whole, 0.6)))).toEqual(['file-cut-short']);
    });

    test('one medium is missing', async () => {
      const mute = await faultsOf(make('mute.mkv', '-i', film, '-an', '-c', 'copy'), film);
      expect(mute.findings).toMatchObject([{ level: 'fault', code: 'audio-missing' }]);
      expect(mute.audio.visqolMosLqo).toEqual({ notMeasured: 'the capture has no sound' });
      const blind = await faultsOf(make('blind.mkv', '-i', film, '-vn', '-c', 'copy'), film);
      expect(blind.findings).toMatchObject([{ level: 'fault', code: 'video-missing' }]);
      expect(numberOf(blind.audio.levelDifferenceDb)).toBe(0);
    });

    test('another size half-way', async () => {
      const parts = ['352:288', '176:144'].map((size, n) =>
        make(`part-${n}.ts`, '-i', sent, '-vf', `scale=${size}`, '-c:v', 'libx264', '-bf', '0'),
      );
      writeFileSync(at('parts.txt'), parts.map((part) => `file ${part}\n`).join(''));
      const capture = make('resized.ts', '-f', 'concat', '-safe', '0', '-i', at('parts.txt'), '-c', 'copy');
      const { video, findings } = await faultsOf(capture);
      expect(findings).toMatchObject([{ level: 'fault', code: 'video-size-changes' }]);
      expect(video.siMax).toMatchObject({ n: 120 });
    });

    test('a frame rate that varies', async () => {
      const filter = "select='lt(mod(n,10),4)+eq(mod(n,7),0)'";
      const capture = make('varies.mkv', '-i', film, '-an', '-vf', filter, '-vsync', 'vfr', '-c:v', 'libx264');
      const measured = await faultsOf(capture, sent);
      expect(codes(measured)).toContain('video-rate-varies');
      expect(numberOf(measured.video.psnrY)).toBeGreaterThan(35);
    });

    test('no pictures', async () => {
      writeFileSync(at('none.y4m'), 'YUV4MPEG2 W352 H288 F30:1 Ip A1:1 C420jpeg\n');
      const measured = await faultsOf(at('none.y4m'), sent);
      expect(levels(measured)).toEqual(expect.arrayContaining(['fault', 'error']));
      expect(codes(measured)).toEqual(['video-empty', 'nothing-measured']);
      expect(isNothing(measured)).toBe(true);
    });

    test('a jump of ten hours', async () => {
      const jump = 'PTS+gte(T,1)*36000/TB';
      const filters = ['-vf', `setpts='${jump}'`, '-af', `asetpts='${jump}'`, '-vsync', 'passthrough'];
      const capture = make('jump.mkv', '-i', film, ...filters, '-c:v', 'libx264', '-c:a', 'pcm_s16le');
      const { video, audio, findings } = await faultsOf(capture, film);
      expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['video-time-jump', 'audio-time-jump']));
      expect(numberOf(video.frameRate)).toBeCloseTo(30, 0);
      expect(numberOf(video.frozenMs)).toBe(0);
      expect(numberOf(audio.levelDifferenceDb)).toBeCloseTo(0, 1);
    });

    test('bytes that are wrong', async () => {
      const bytes = readFileSync(received);
      for (let n = 2000; n < bytes.length; n += 997) bytes[n] = (bytes[n] as number) ^ 0xff;
      writeFileSync(at('wrong.mkv'), bytes);
      expect(codes(await faultsOf(at('wrong.mkv'), sent))).toContain('video-damaged');
    });

    test.each([
      ['missing', 'file-missing', undefined],
      ['empty', 'file-empty', ''],
      ['no media', 'not-media', 'Not a film at all.\n'.repeat(99)],
    ])('%s', async (name, code, text) => {
      const capture = at(`${name}.mkv`);
      if (text !== undefined) writeFileSync(capture, text);
      for (const options of [{ capture }, { capture, reference: sent }, { capture: sent, reference: capture }]) {
        const measured = await measureFiles(options);
        expect(measured.findings).toMatchObject([{ level: 'error', code }]);
        expect(isNothing(measured)).toBe(true);
      }
    });
  });
});

describe.skipIf(!existsSync(SHARED))('against published values', { timeout: 60_000 }, () => {
  if (!existsSync(SHARED)) console.log('no shared test data: published values are not tested');

  test('SI/TI of VQEG (legacy) within 0.5 %', async () => {
    const known = JSON.parse(readFileSync(join(SHARED, 'siti/foreman_cif-legacy.json'), 'utf8')) as {
      si: number[];
      ti: number[];
    };
    const rows: PictureRow[] = [];
    const { video } = await measureFiles({
      capture: join(SHARED, 'siti/foreman_cif.y4m'),
      series: (row) => rows.push(row),
    });
    for (const [n, si] of known.si.entries()) expect((rows[n]?.si as number) / si).toBeCloseTo(1, 2.3);
    for (const [n, ti] of known.ti.entries()) expect((rows[n + 1]?.ti as number) / ti).toBeCloseTo(1, 2.3);
    expect(Math.abs(numberOf(video.siMax) / Math.max(...known.si) - 1)).toBeLessThan(0.005);
    expect(Math.abs(numberOf(video.tiMax) / Math.max(...known.ti) - 1)).toBeLessThan(0.005);
  });

  test('ViSQOL within 0.002', async () => {
    const { audio } = await measureFiles({
      reference: join(SHARED, 'visqol/CA01_01.wav'),
      capture: join(SHARED, 'visqol/transcoded_CA01_01.wav'),
    });
    expect(Math.abs(numberOf(audio.visqolMosLqo) - 3.374505555111911)).toBeLessThan(0.002);
  });
});
