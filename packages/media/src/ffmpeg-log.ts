import { AV_LOG_DEBUG, AV_LOG_FATAL, Log } from 'node-av';

// A lossy network makes FFmpeg complain on stderr about every damaged picture; faults are counted instead.
Log.setLevel(process.env.PLUGFEST_FFMPEG_LOG === 'debug' ? AV_LOG_DEBUG : AV_LOG_FATAL);
