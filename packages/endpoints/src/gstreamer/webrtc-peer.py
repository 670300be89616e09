"""GStreamer's webrtcbin as a participant.

Standard input and output carry a JSON object a line: `{"command": "offer"}`, `{"command": "answer", "sdp": ...}`, `{"command": "end"}`; and
`{"type": "offer", "sdp": ...}`, `{"type": "fault", "message": ...}`. File descriptor 3 carries pictures and sound both ways, each with its length
before it (u32) as media-frame.ts writes it, with times of the machine's monotonic clock.
"""

import json
import os
import struct
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

MEDIA_FD = 3
VIDEO, AUDIO = 1, 2
HEADER = struct.Struct("<BBHHHd")
SAMPLE_RATE_HZ = 48_000
# What waits for packets that are late: as much as a browser begins with.
JITTER_BUFFER_MS = 60
VIDEO_BITRATE_BPS = 1_000_000

SENDING = """
webrtcbin name=peer bundle-policy=max-bundle latency={latency}
appsrc name=microphone is-live=true format=time
  caps=audio/x-raw,format=S16LE,rate={rate},channels=1,layout=interleaved
  ! queue max-size-time=200000000 leaky=downstream ! audioconvert ! opusenc bitrate=64000 frame-size=20 ! rtpopuspay pt=97
  ! application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000,encoding-params=(string)2 ! peer.
appsrc name=camera is-live=true do-timestamp=true format=time
  caps=video/x-raw,format=I420,width={width},height={height},framerate={frame_rate}/1
  ! queue max-size-buffers=3 leaky=downstream
  ! vp8enc deadline=1 cpu-used=8 threads=1 lag-in-frames=0 keyframe-max-dist=300 target-bitrate={bitrate}
  ! rtpvp8pay pt=96 picture-id-mode=15-bit
  ! application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000 ! peer.
"""

RECEIVING = {
    "VP8": "queue ! rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=I420 ! appsink name=sink",
    "OPUS": "queue ! rtpopusdepay ! opusdec plc=true ! audioconvert ! audioresample"
    " ! audio/x-raw,format=S16LE,rate=48000,channels=1 ! appsink name=sink",
}


def now_us():
    return time.monotonic_ns() / 1000


class Peer:
    def __init__(self, width, height, frame_rate):
        self.loop = GLib.MainLoop()
        self.writing = threading.Lock()
        self.picture_bytes = width * height * 3 // 2
        self.samples = 0
        self.first_ns = None
        self.pipeline = Gst.parse_launch(
            SENDING.format(
                latency=JITTER_BUFFER_MS,
                rate=SAMPLE_RATE_HZ,
                bitrate=VIDEO_BITRATE_BPS,
                width=width,
                height=height,
                frame_rate=frame_rate,
            )
        )
        self.peer = self.pipeline.get_by_name("peer")
        self.camera = self.pipeline.get_by_name("camera")
        self.microphone = self.pipeline.get_by_name("microphone")
        self.peer.connect("on-negotiation-needed", self.on_negotiation_needed)
        self.peer.connect("pad-added", self.on_pad)
        self.peer.connect("notify::ice-gathering-state", self.on_gathering)
        # The loopback only: nothing of a test leaves the machine. Kept, for GStreamer 1.22 gives the agent out without a reference of its own.
        self.ice = self.peer.get_property("ice-agent")
        self.ice.emit("add-local-ip-address", "127.0.0.1")
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message::error", self.on_error)

    def say(self, **event):
        with self.writing:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()

    def on_error(self, _bus, message):
        error, detail = message.parse_error()
        self.say(type="fault", message=f"{error.message} ({detail})")

    # What is told.

    def obey(self, command):
        name = command.get("command")
        if name == "offer":
            self.pipeline.set_state(Gst.State.PLAYING)
            self.warm_up()
        elif name == "answer":
            result, sdp = GstSdp.SDPMessage.new_from_text(command["sdp"])
            if result != GstSdp.SDPResult.OK:
                self.say(type="fault", message="the answer cannot be read")
                return False
            answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
            self.peer.emit("set-remote-description", answer, Gst.Promise.new())
        elif name == "end":
            self.loop.quit()
        return False

    def warm_up(self):
        """Grey and silence: webrtcbin describes what has come to it."""
        self.camera.emit("push-buffer", Gst.Buffer.new_wrapped(bytes([128]) * self.picture_bytes))
        silence = Gst.Buffer.new_wrapped(bytes(2 * SAMPLE_RATE_HZ // 50))
        silence.pts, silence.duration = 0, Gst.SECOND // 50
        self.microphone.emit("push-buffer", silence)

    def on_negotiation_needed(self, peer):
        peer.emit("create-offer", None, Gst.Promise.new_with_change_func(self.on_offer))

    def on_offer(self, promise):
        # The reply owns the offer, and must outlive its use.
        reply = promise.get_reply()
        self.peer.emit("set-local-description", reply.get_value("offer"), Gst.Promise.new())

    def on_gathering(self, peer, _property):
        if peer.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            return
        description = peer.get_property("local-description")
        self.say(type="offer", sdp=description.sdp.as_text())

    # What is sent.

    def feed(self, kind, data):
        buffer = Gst.Buffer.new_wrapped(data)
        if kind == VIDEO:
            self.camera.emit("push-buffer", buffer)
            return
        # Sound has no gaps: its time is counted, from when the first of it came.
        if self.first_ns is None:
            self.first_ns = self.pipeline.get_clock().get_time() - self.pipeline.get_base_time()
        samples = len(data) // 2
        buffer.pts = self.first_ns + self.samples * Gst.SECOND // SAMPLE_RATE_HZ
        buffer.duration = samples * Gst.SECOND // SAMPLE_RATE_HZ
        self.samples += samples
        self.microphone.emit("push-buffer", buffer)

    # What is received.

    def on_pad(self, _peer, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        name = pad.get_current_caps().get_structure(0).get_string("encoding-name")
        if name not in RECEIVING:
            self.say(type="fault", message=f"there is no decoder for {name}")
            return
        receiver = Gst.parse_bin_from_description(RECEIVING[name], True)
        sink = receiver.get_by_name("sink")
        sink.set_property("emit-signals", True)
        # The jitter buffer has given it out when it was due.
        sink.set_property("sync", False)
        sink.connect("new-sample", self.on_picture if name == "VP8" else self.on_sound)
        self.pipeline.add(receiver)
        receiver.sync_state_with_parent()
        pad.link(receiver.get_static_pad("sink"))

    def on_picture(self, sink):
        at_us = now_us()
        sample = sink.emit("pull-sample")
        caps = sample.get_caps().get_structure(0)
        width, height = caps.get_value("width"), caps.get_value("height")
        data = tight_i420(bytes_of(sample), width, height)
        self.give(VIDEO, width, height, at_us, data)
        return Gst.FlowReturn.OK

    def on_sound(self, sink):
        at_us = now_us()
        data = bytes_of(sink.emit("pull-sample"))
        self.give(AUDIO, 0, 0, at_us - len(data) / 2 * 1e6 / SAMPLE_RATE_HZ, data)
        return Gst.FlowReturn.OK

    def give(self, kind, width, height, time_us, data):
        packet = struct.pack("<I", HEADER.size + len(data)) + HEADER.pack(kind, 0, width, height, 0, time_us) + data
        with self.writing:
            view = memoryview(packet)
            while view:
                view = view[os.write(MEDIA_FD, view) :]


def bytes_of(sample):
    buffer = sample.get_buffer()
    return buffer.extract_dup(0, buffer.get_size())


def tight_i420(data, width, height):
    """The planes without padding: GStreamer's rows are multiples of four bytes."""
    if len(data) == width * height * 3 // 2:
        return data
    luma, chroma = (width + 3) & ~3, (width // 2 + 3) & ~3
    rows = [data[y * luma : y * luma + width] for y in range(height)]
    at = luma * height
    rows += [data[at + y * chroma : at + y * chroma + width // 2] for y in range(height)]
    return b"".join(rows)


def read_exactly(count):
    parts = []
    while count > 0:
        part = os.read(MEDIA_FD, count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def feed_from_pipe(peer):
    try:
        while True:
            (length,) = struct.unpack("<I", read_exactly(4))
            frame = read_exactly(length)
            peer.feed(frame[0], frame[HEADER.size :])
    except (EOFError, OSError):
        GLib.idle_add(peer.loop.quit)


def obey_from_pipe(peer):
    for line in sys.stdin:
        GLib.idle_add(peer.obey, json.loads(line))
    GLib.idle_add(peer.loop.quit)


def main():
    Gst.init(None)
    peer = Peer(*(int(argument) for argument in sys.argv[1:4]))
    for work in (feed_from_pipe, obey_from_pipe):
        threading.Thread(target=work, args=(peer,), daemon=True).start()
    peer.say(type="ready")
    try:
        peer.loop.run()
    finally:
        peer.pipeline.set_state(Gst.State.NULL)
    # The threads wait in reads that nobody ends.
    sys.stdout.flush()
    os._exit(0)


main()
