"""The yardstick: what a user would write instead. Python with numpy, scipy and paho-mqtt, and nothing else.

Reads float32 spectra (4-byte little-endian length, then values) from a TCP port, absorbance -> resample to 512 -> SNV -> Savitzky-Golay ->
a net of about 2.5 M multiply-accumulates with random weights, and publishes one QoS 1 message a spectrum. No queue on disk, no gate, no
flags. Prints one line of JSON. Usage: agent.py PORT BROKER_PORT COUNT (paho-mqtt 1.6, as Debian 12 has it)."""
import json
import resource
import socket
import struct
import sys
import time

START = time.perf_counter()
import numpy as np
import paho.mqtt.client as mqtt
from scipy.signal import savgol_filter

port, broker, count = map(int, sys.argv[1:4])
rng = np.random.default_rng(1)


def weights(*shape, scale=1.0):
    return (rng.standard_normal(shape) / scale).astype("f4")


# 512 -> conv 7x16, pool -> conv 5x32, pool -> conv 5x64, pool -> dense 128 -> dense 14, convolutions as im2col products.
CONVS = [(weights(7, 16), 7), (weights(5 * 16, 32, scale=9), 5), (weights(5 * 32, 64, scale=12), 5)]
HIDDEN, OUT = weights(64 * 64, 128, scale=64), weights(128, 14, scale=11)
AXIS, GRID = np.linspace(900, 1700, 1024), np.linspace(910, 1690, 512)


def conv(x, kernel, width):
    padded = np.pad(x, ((width // 2, width // 2), (0, 0)))
    columns = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0).transpose(0, 2, 1).reshape(len(x), -1)
    y = np.maximum(columns @ kernel, 0)
    return y.reshape(-1, 2, y.shape[1]).max(1)


def predict(values):
    x = values[:, None].astype("f4")
    for kernel, width in CONVS:
        x = conv(x, kernel, width)
    logits = np.maximum(x.reshape(-1) @ HIDDEN, 0) @ OUT
    scores = np.exp(logits - logits.max())
    return scores / scores.sum()


def chain(ratio):
    a = np.interp(GRID, AXIS, -np.log10(np.maximum(ratio, 1e-8)))
    return savgol_filter((a - a.mean()) / a.std(), 15, 2, 1)


sent, acked, first = {}, {}, None
client = mqtt.Client()
client.on_publish = lambda _client, _data, mid: acked.__setitem__(mid, time.perf_counter())
client.connect("127.0.0.1", broker)
client.loop_start()
stream = socket.create_connection(("127.0.0.1", port)).makefile("rb", buffering=1 << 16)
cpu, begun = time.process_time(), time.perf_counter()
for _ in range(count):
    (n,) = struct.unpack("<I", stream.read(4))
    ratio = np.frombuffer(stream.read(4 * n), "<f4")
    arrived = time.perf_counter()
    scores = predict(chain(ratio.astype("f8")))
    best = int(scores.argmax())
    message = {"label": best, "confidence": float(scores[best]), "scores": [float(s) for s in scores]}
    info = client.publish("peer/result", json.dumps(message), qos=1)
    sent[info.mid] = arrived
    if first is None:
        info.wait_for_publish()
        first = time.perf_counter() - START
while len(acked) < count and time.perf_counter() - begun < 120:
    time.sleep(0.001)
wall = time.perf_counter() - begun
latency = sorted(1e3 * (acked[mid] - sent[mid]) for mid in sent if mid in acked)
print(
    json.dumps(
        {
            "spectraPerS": round(count / wall),
            "p50Ms": round(latency[len(latency) // 2], 2),
            "p99Ms": round(latency[int(len(latency) * 0.99)], 2),
            "rssMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            "startToFirstS": round(first, 2),
            "acked": len(latency),
        }
    )
)
