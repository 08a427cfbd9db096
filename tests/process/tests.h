/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_PROCESS_TESTS_H
#define TESTS_PROCESS_TESTS_H

#define TEST(name) void test_##name(void);
#include "tests/process/tests.def"
#undef TEST

#endif
