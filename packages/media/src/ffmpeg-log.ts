import { AV_LOG_DEBUG, AV_LOG_FATAL, Log } from 'node-av';

const isAsked = process.env.PLUGFEST_FFMPEG_LOG === 'debug';
// A lossy network makes FFmpeg complain on stderr about every damaged picture; faults are counted instead.
Log.setLevel(isAsked ? AV_LOG_DEBUG : AV_LOG_FATAL);
// SVT-AV1 tells its settings by a log of its own, and that it was closed before the last picture; 0: what ends it.
if (!isAsked) process.env.SVT_LOG ??= '0';
