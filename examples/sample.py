#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write examples/sample.pcap: the same few dozen small frames every time, of each kind that xdp_count.bpf.c tells apart."""
import struct
import sys

HOSTS = [bytes([2, 0, 0, 0, 0, n]) for n in range(4)]
ADDRS = [bytes([192, 0, 2, n + 1]) for n in range(4)]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ethernet(a, b, proto, payload, vlan=None):
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    return HOSTS[b] + HOSTS[a] + tag + struct.pack(">H", proto) + payload


def ipv4(a, b, protocol, payload):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, ADDRS[a], ADDRS[b])
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def icmp_echo(n):
    body = struct.pack(">BBHHH", 8, 0, 0, 7, n) + b"skep" * 4
    return body[:2] + struct.pack(">H", checksum(body)) + body[4:]


def udp(port, data):
    return struct.pack(">HHHH", 40000, port, 8 + len(data), 0) + data


def tcp(port, flags):
    return struct.pack(">HHIIBBHHH", 50000, port, 1, 0, 0x50, flags, 1024, 0, 0)


def frames():
    for n in range(8):
        yield ethernet(0, 1, 0x0800, ipv4(0, 1, 1, icmp_echo(n)))
    for n in range(10):
        yield ethernet(1, 2, 0x0800, ipv4(1, 2, 17, udp(53 if n % 2 else 9, b"x" * (4 * n))))
    for n in range(12):
        yield ethernet(2, 3, 0x0800, ipv4(2, 3, 6, tcp(80 if n % 3 else 443, 2)))
    for n in range(4):
        yield ethernet(3, 0, 0x0800, ipv4(3, 0, 17, udp(4789, b"tagged")), vlan=100 + n)
    yield ethernet(0, 3, 0x0806, struct.pack(">HHBBH", 1, 0x0800, 6, 4, 1) + HOSTS[0] + ADDRS[0] + HOSTS[3] + ADDRS[3])
    yield ethernet(0, 3, 0x86DD, b"\x60" + b"\0" * 39)
    yield ethernet(1, 0, 0x0800, ipv4(1, 0, 47, b"\0" * 24))
    yield ethernet(1, 0, 0x0800, ipv4(1, 0, 132, b"\0" * 12))


with open(sys.argv[1] if len(sys.argv) > 1 else "examples/sample.pcap", "wb") as out:
    out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for n, frame in enumerate(frames()):
        frame = frame.ljust(60, b"\0")
        out.write(struct.pack("<IIII", 1700000000, 1000 * n, len(frame), len(frame)) + frame)
