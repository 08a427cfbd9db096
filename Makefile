# SPDX-License-Identifier: BSD-2-Clause
# A short front to Meson and Ninja. `make` builds build/skep; the other targets are listed by `make help`.
BUILD ?= build
PREFIX ?=
MESON_FLAGS ?=

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	tools/deps
	meson setup $(BUILD) $(if $(PREFIX),--prefix=$(PREFIX)) $(MESON_FLAGS)
	ln -sfn $(BUILD)/compile_commands.json compile_commands.json

demo: all
	tools/demo $(BUILD)/skep

test: all
	tools/test $(BUILD)

bench: all
	ninja -C $(BUILD) bench

fuzz:
	tools/fuzz

# TSan where threads meet: the tests that start some.
THREADED = maps_threads hooks wire

sanitize:
	tools/deps
	[ -f build-asan/build.ninja ] || meson setup build-asan -Db_sanitize=address,undefined -Db_lundef=false -Dbuildtype=debug -Doptimization=1
	tools/test build-asan --timeout-multiplier 5
	[ -f build-tsan/build.ninja ] || meson setup build-tsan -Db_sanitize=thread -Db_lundef=false -Dbuildtype=debug -Doptimization=1
	tools/test build-tsan --timeout-multiplier 5 $(THREADED)

# On other kernels, under emulation: fetched from Debian by name, unpacked, never installed.
GUEST_KERNELS = 6.1 6.12

guest: all
	tools/deps guest
	tests/guest/run $(BUILD) $(GUEST_KERNELS)

install: all
	$(if $(PREFIX),meson configure $(BUILD) -Dprefix=$(PREFIX))
	meson install -C $(BUILD) --quiet

clean:
	rm -rf build build-*

help:
	@echo "make           build $(BUILD)/skep"
	@echo "make demo      build, then run examples/hello.bpf.c over a small command, without root"
	@echo "make test      build, then run the tests"
	@echo "make sanitize  the tests under ASan and UBSan, those with threads under TSan"
	@echo "make bench     what the interpreter, the maps and a traced execve cost, beside the kernel's own figures"
	@echo "make fuzz      fuzz the parsers (FUZZ_SECONDS each)"
	@echo "make guest     skep and its tests on other kernels (GUEST_KERNELS=\"6.1 6.12\") under QEMU"
	@echo "make install   install the command, library, headers and man pages (PREFIX, /usr/local; DESTDIR)"

.PHONY: all demo test bench fuzz sanitize guest install clean help
