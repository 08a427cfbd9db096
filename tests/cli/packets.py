# SPDX-License-Identifier: BSD-2-Clause
"""skep run --pcap: counts, maps and the capture that comes out, with what each must hold worked out here."""
import collections
import os
import struct
import subprocess

import skep_test


def read_pcap(path):
    """[((nanoseconds, length on the wire), bytes)], of a little-endian capture of micro- or nanoseconds."""
    data = path.read_bytes()
    unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[struct.unpack_from("<I", data)[0]]
    at, frames = 24, []
    while at < len(data):
        sec, part, caplen, wirelen = struct.unpack_from("<IIII", data, at)
        frames.append(((sec * 10**9 + part * unit, wirelen), data[at + 16:at + 16 + caplen]))
        at += 16 + caplen
    return frames


def write_pcap(path, frames):
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) +
                     b"".join(struct.pack("<IIII", n, n, len(f), len(f)) + f for n, f in enumerate(frames)))


def ones_complement_sum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def expected(frame):
    """What examples/xdp_count.bpf.c makes of a frame: (verdict, frame)."""
    if frame[12:14] == b"\x81\x00":
        return "XDP_PASS", frame[:12] + frame[16:]
    if frame[12:14] != b"\x08\x00":
        return "XDP_PASS", frame
    if frame[23] == 1 and frame[34] == 8:
        total = int.from_bytes(frame[36:38], "little") + 8
        checksum = (total + (total >> 16) & 0xFFFF).to_bytes(2, "little")
        return "XDP_TX", frame[6:12] + frame[:6] + frame[12:26] + frame[30:34] + frame[26:30] + b"\0" + frame[35:36] + checksum + frame[38:]
    if frame[23] == 17 and frame[36:38] == b"\0\x09":
        return "XDP_DROP", None
    return "XDP_PASS", frame


class Packets(skep_test.Case):
    def setUp(self):
        super().setUp()
        self.program = skep_test.Shared.compiled("xdp_count.bpf.c")
        self.sample = self.examples / "sample.pcap"
        self.out = self.home / "out.pcap"


@skep_test.both_engines
class Capture(Packets):
    def check(self, capture, *options):
        done = self.skep("-j", "run", self.program, "--pcap", capture, "--pcap-out", self.out, *options)
        frames = read_pcap(capture)
        outcomes = [expected(f) for _, f in frames]
        verdicts = collections.Counter(v for v, _ in outcomes)
        summary = done.events[-1]
        self.assertEqual(dict(verdicts), {k: v for k, v in summary["capture"]["verdicts"].items() if v}, done)
        self.assertEqual(len(frames), summary["capture"]["packets"])
        self.assertEqual(sum(len(f) for _, f in frames), summary["capture"]["bytes"])
        self.assertEqual(len(frames), summary["programs"][0]["runs"])
        kept = [f for _, f in outcomes if f is not None]
        self.assertEqual(kept, [f for _, f in read_pcap(self.out)])
        return summary

    def test_the_sample_capture(self):
        summary = self.check(self.sample)
        frames = [f for _, f in read_pcap(self.sample)]
        protocols = collections.Counter(f[23] for f in frames if f[12:14] == b"\x08\x00")
        maps = {m["name"]: m for m in summary["maps"]}
        self.assertEqual(protocols, {e["key"]: e["value"] for e in maps["protocols"]["elements"]})
        totals = {}
        for e in maps["packets"]["elements"]:
            per_cpu = [v["value"] if "value" in v else v for v in e["values"]]
            totals[e["key"]] = (sum(v["packets"] for v in per_cpu), sum(v["bytes"] for v in per_cpu))
        self.assertEqual({"SEEN_OTHER": (2, 120), "SEEN_IPV4": (2, 120), "SEEN_ICMP": (8, 480), "SEEN_TCP": (12, 720),
                          "SEEN_UDP": (10, 650), "SEEN_VLAN": (4, 240)}, totals)

    def test_times_and_checksums_survive(self):
        self.skep("run", self.program, "--pcap", self.sample, "--pcap-out", self.out)
        stamps = [head[0] for head, f in read_pcap(self.sample) if expected(f)[1] is not None]
        self.assertEqual(stamps, [head[0] for head, _ in read_pcap(self.out)])
        echoes = [f for _, f in read_pcap(self.out) if f[12:14] == b"\x08\x00" and f[23] == 1]
        self.assertEqual(8, len(echoes))
        for f in echoes:
            self.assertEqual(0, f[34], "an echo reply")
            self.assertEqual(0xFFFF, ones_complement_sum(f[34:34 + int.from_bytes(f[16:18], "big") - 20]))

    def test_text(self):
        done = self.skep("run", self.examples / "xdp_count.bpf.c", "--pcap", self.sample)
        self.assertRegex(done.out, r"(?m)^.*sample\.pcap: 38 packets, 2330 bytes, \d+ ns/packet$")
        for line in (r"XDP_DROP +dropped +5", r"XDP_PASS +passed +25", r"XDP_TX +sent back +8"):
            self.assertRegex(done.out, rf"(?m)^  {line}$")
        self.assertRegex(done.out, r"(?m)^map protocols \(hash\)$")

    def test_sizes_from_14_bytes_to_jumbo(self):
        capture = self.home / "sizes.pcap"
        ethernet = bytes(range(12)) + b"\x08\x06"
        write_pcap(capture, [ethernet + bytes(n % 251 for n in range(size)) for size in (0, 1, 46, 1500, 3000)])
        self.check(capture)

    def test_repeat(self):
        done = self.skep("-j", "run", self.program, "--pcap", self.sample, "--pcap-out", self.out, "--repeat", 100)
        self.assertEqual(3800, done.events[-1]["capture"]["packets"])
        self.assertEqual(33, len(read_pcap(self.out)), "only the first round is written")

    def test_an_empty_capture(self):
        capture = self.home / "empty.pcap"
        write_pcap(capture, [])
        done = self.skep("-j", "run", self.program, "--pcap", capture, "--pcap-out", self.out)
        self.assertEqual(0, done.events[-1]["capture"]["packets"])
        self.assertEqual([], read_pcap(self.out))

    def test_what_is_no_capture(self):
        text = self.home / "text"
        text.write_text("no capture at all, but a text of some length\n")
        self.assertOneLine(self.skep("run", self.program, "--pcap", text, status=1), "text")
        self.assertOneLine(self.skep("run", self.program, "--pcap", self.home / "none.pcap", status=1), "none.pcap.*No such file")
        cut = self.home / "cut.pcap"
        cut.write_bytes(self.sample.read_bytes()[:-7])
        self.assertOneLine(self.skep("run", self.program, "--pcap", cut, status=1), "cut.pcap.*truncated")
        self.assertOneLine(self.skep("run", self.program, "--pcap", self.sample, "--pcap-out", "/proc/nothing", status=1), "/proc/nothing")

    def test_without_packets(self):
        self.assertOneLine(self.skep("run", self.program, "--", "true", status=5), "--pcap")


class Agreement(Packets):
    """What the user engine writes is what the kernel's TEST_RUN makes of the same packets, byte for byte."""

    @skep_test.needs_kernel
    def test_both_write_the_same_capture(self):
        answers = []
        for engine in ("user", "kernel"):
            self.engine, self.demoted = engine, False
            out = self.home / f"{engine}.pcap"
            summary = self.skep("-j", "run", self.program, "--pcap", self.sample, "--pcap-out", out).events[-1]
            maps = {m["name"]: sorted(map(repr, m["elements"])) for m in summary["maps"] if m["type"] == "hash"}
            answers.append((out.read_bytes(), summary["capture"]["verdicts"], maps))
        self.assertEqual(answers[0], answers[1])

    @skep_test.needs_kernel
    def test_both_move_the_ends_alike(self):
        source = self.shared / "ends.bpf.c"
        source.write_text(r'''#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
SEC("xdp") int ends(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	unsigned n = ctx->data_end - ctx->data;

	if (data + 15 > end)
		return XDP_ABORTED;
	switch (data[14] & 7) {
	case 0: return bpf_xdp_adjust_head(ctx, -14) ? XDP_DROP : XDP_PASS;
	case 1: return bpf_xdp_adjust_head(ctx, 20) ? XDP_DROP : XDP_PASS;
	case 2: return bpf_xdp_adjust_tail(ctx, -10) ? XDP_DROP : XDP_PASS;
	case 3: return bpf_xdp_adjust_tail(ctx, 32) ? XDP_DROP : XDP_TX;
	case 4: return bpf_xdp_adjust_head(ctx, -(int)n) ? XDP_DROP : XDP_PASS;
	case 5: return bpf_xdp_adjust_tail(ctx, 14 - (int)n) ? XDP_DROP : XDP_PASS;
	case 6: return bpf_xdp_adjust_tail(ctx, -(int)n) ? XDP_DROP : XDP_PASS;
	default: return bpf_xdp_adjust_head(ctx, 10000) ? XDP_REDIRECT : XDP_PASS;
	}
}
char LICENSE[] SEC("license") = "GPL";
''')
        program = skep_test.Shared.compiled(source)
        capture = self.home / "in.pcap"
        write_pcap(capture, [bytes(range(14)) + bytes([kind]) + bytes(n & 255 for n in range(size))
                             for size in (10, 60, 400) for kind in range(8)])
        answers = []
        for engine in ("user", "kernel"):
            self.engine, self.demoted = engine, False
            out = self.home / f"{engine}.pcap"
            summary = self.skep("-j", "run", program, "--pcap", capture, "--pcap-out", out).events[-1]
            answers.append((summary["capture"]["verdicts"], [f for _, f in read_pcap(out)]))
        self.assertEqual(answers[1], answers[0])


del Packets
class Interfaces(skep_test.Case):
    """--iface: on the kernel, on a veth pair of two network namespaces of the test's own."""

    def test_the_user_engine_has_none(self):
        done = self.skep("run", self.examples / "xdp_count.bpf.c", "--iface", "lo", status=5)
        self.assertOneLine(done, r"the user engine has no interface 'lo'")

    @skep_test.needs_kernel
    def test_packets_of_a_veth_are_counted(self):
        self.engine, self.demoted = "kernel", False
        here, there = names = [f"skep{os.getpid()}{side}" for side in "ab"]
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
            self.addCleanup(subprocess.run, ["ip", "netns", "del", name], check=True)
        subprocess.run(["ip", "link", "add", "one", "netns", here, "type", "veth", "peer", "name", "two", "netns", there], check=True)
        for name, dev, addr in ((here, "one", "192.0.2.1/24"), (there, "two", "192.0.2.2/24")):
            subprocess.run(["ip", "-n", name, "addr", "add", addr, "dev", dev], check=True)
            subprocess.run(["ip", "-n", name, "link", "set", dev, "up"], check=True)
        send = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); [s.sendto(b'x', ('192.0.2.2', 9)) for _ in range(5)]"
        command = self.argv(["-j", "run", self.examples / "xdp_count.bpf.c", "--iface", "two", "--",
                             "ip", "netns", "exec", here, skep_test.PYTHON, "-c", send])
        done = self.command(["ip", "netns", "exec", there, *command])
        self.assertEqual(0, done.status, done)
        protocols = next(m for m in done.events[-1]["maps"] if m["name"] == "protocols")["elements"]
        self.assertEqual([5], [e["value"] for e in protocols if e["key"] == 17], done)
        done = self.skep("run", self.examples / "xdp_count.bpf.c", "--iface", "nosuch", status=5)
        self.assertOneLine(done, r"no interface 'nosuch'")


skep_test.main()
